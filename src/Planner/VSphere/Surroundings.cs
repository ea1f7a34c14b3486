using Migrate.Planner.Inventory;
using Migrate.Planner.VSphere.Updates;
using Migrate.Vim25;
using Datastore = Migrate.Planner.Inventory.Datastore;
using Network = Migrate.Planner.Inventory.Network;

namespace Migrate.Planner.VSphere;

/// <summary>
/// What objects get their names and places from: folders, datacenters, clusters, networks, and which cluster a host is in. Small against
/// the objects themselves, and needed before the first of them can be made a record of.
/// </summary>
internal sealed class Surroundings
{
    private readonly Placement _placement;
    private readonly NetworkNames _networks;
    private readonly ResourcePools _pools;
    private readonly CustomFields _fields;
    private readonly Dictionary<string, ManagedObjectReference?> _hostParents;

    private Surroundings(
        Placement placement, NetworkNames networks, ResourcePools pools, CustomFields fields, Dictionary<string, ManagedObjectReference?> hostParents) =>
        (_placement, _networks, _pools, _fields, _hostParents) = (placement, networks, pools, fields, hostParents);

    public IReadOnlyList<Network> Networks => _networks.All;

    public static async Task<Surroundings> ReadAsync(IObjectReader reader, CancellationToken cancellationToken)
    {
        string[] place = ["name", "parent"];
        var placement = new Placement(
            await reader.ReadAllAsync("Folder", place, cancellationToken),
            await reader.ReadAllAsync("Datacenter", place, cancellationToken),
            await reader.ReadAllAsync("ComputeResource", place, cancellationToken));
        var networks = await reader.ReadAllAsync("Network", ["name"], cancellationToken);
        var names = new NetworkNames(
            networks,
            networks.Any(n => n.Reference.Type == "DistributedVirtualPortgroup") ? await reader.ReadAllAsync("DistributedVirtualPortgroup", ["key"], cancellationToken) : [],
            networks.Any(n => n.Reference.Type == "OpaqueNetwork") ? await reader.ReadAllAsync("OpaqueNetwork", ["summary"], cancellationToken) : []);
        var hosts = await reader.ReadAllAsync("HostSystem", ["parent"], cancellationToken);
        var pools = new ResourcePools(await reader.ReadAllAsync("ResourcePool", place, cancellationToken));
        var fields = await CustomFields.ReadAsync(reader, cancellationToken);
        return new Surroundings(placement, names, pools, fields, hosts.ToDictionary(h => h.Key, h => h.Get<ManagedObjectReference>("parent"), StringComparer.Ordinal));
    }

    public Vm Vm(ObjectProperties vm) => VmMapping.Map(vm, _placement, _networks, _pools, _fields, _hostParents);

    /// <summary>
    /// All that a VM's record takes from outside of the VM, as a text to compare: another text, and the record may be another although the
    /// VM is the same.
    /// </summary>
    public string Around(WatchedVm vm)
    {
        var anchor = vm.Parent ?? (vm.Host is null ? null : _hostParents.GetValueOrDefault(vm.Host));
        var (pool, vApp) = _pools.Of(vm.Pool);
        return string.Join('\n', [_placement.Datacenter(anchor), _placement.Folder(vm.Parent), pool, vApp ?? "", _fields.Names, .. vm.Networks.Order(StringComparer.Ordinal).Select(_networks.NameOf)]);
    }

    public Datastore Datastore(ObjectProperties datastore) => DatastoreMapping.Map(datastore, _placement);

    public Cluster Cluster(ObjectProperties cluster) => ClusterMapping.Map(cluster, _placement, _fields);
}
