using Migrate.Planner.Inventory;
using Migrate.Planner.VSphere.Tags;
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
    private readonly TagMap _tags;
    private readonly Dictionary<string, ManagedObjectReference?> _hostParents;
    private readonly Dictionary<string, IReadOnlyList<CustomAttribute>> _hostAttributes;

    private Surroundings(
        Placement placement, NetworkNames networks, ResourcePools pools, CustomFields fields, TagMap tags, IReadOnlyList<ObjectProperties> hosts)
    {
        (_placement, _networks, _pools, _fields, _tags) = (placement, networks, pools, fields, tags);
        _hostParents = hosts.ToDictionary(h => h.Key, h => h.Get<ManagedObjectReference>("parent"), StringComparer.Ordinal);
        _hostAttributes = hosts.ToDictionary(h => h.Key, fields.Of, StringComparer.Ordinal);
    }

    public IReadOnlyList<Network> Networks => _networks.All;

    public static async Task<Surroundings> ReadAsync(IObjectReader reader, CancellationToken cancellationToken)
    {
        string[] place = ["name", "parent"];
        var placement = new Placement(
            await reader.ReadAllAsync("Folder", place, cancellationToken),
            await reader.ReadAllAsync("Datacenter", place, cancellationToken),
            await reader.ReadAllAsync("ComputeResource", place, cancellationToken));
        var networks = await reader.ReadAllAsync("Network", ["name"], cancellationToken);
        var distributed = networks.Any(n => n.Reference.Type == "DistributedVirtualPortgroup");
        var names = new NetworkNames(
            networks,
            distributed ? await reader.ReadAllAsync("DistributedVirtualPortgroup", ["key", "config.distributedVirtualSwitch", "config.defaultPortConfig"], cancellationToken) : [],
            distributed ? await reader.ReadAllAsync("DistributedVirtualSwitch", ["name"], cancellationToken) : [],
            networks.Any(n => n.Reference.Type == "OpaqueNetwork") ? await reader.ReadAllAsync("OpaqueNetwork", ["summary"], cancellationToken) : []);
        var hosts = await reader.ReadAllAsync("HostSystem", ["parent", "customValue"], cancellationToken);
        var pools = new ResourcePools(await reader.ReadAllAsync("ResourcePool", place, cancellationToken));
        var fields = await CustomFields.ReadAsync(reader, cancellationToken);
        var tags = await reader.ReadTagsAsync(cancellationToken);
        return new Surroundings(placement, names, pools, fields, tags, hosts);
    }

    public Vm Vm(ObjectProperties vm) => VmMapping.Map(vm, _placement, _networks, _pools, _fields, _hostParents) with { Tags = _tags.Of(vm.Key) };

    /// <summary>
    /// All that a VM's record takes from outside of the VM, as a text to compare: another text, and the record may be another although the
    /// VM is the same.
    /// </summary>
    public string Around(WatchedVm vm)
    {
        var anchor = vm.Parent ?? (vm.Host is null ? null : _hostParents.GetValueOrDefault(vm.Host));
        var (pool, vApp) = _pools.Of(vm.Pool);
        return string.Join('\n', [_placement.Datacenter(anchor), _placement.Folder(vm.Parent), pool, vApp ?? "", _fields.Names, .. _tags.Of(vm.Key).Select(t => $"{t.Category}/{t.Name}"), .. vm.Networks.Order(StringComparer.Ordinal).Select(_networks.NameOf)]);
    }

    public Datastore Datastore(ObjectProperties datastore) => DatastoreMapping.Map(datastore, _placement) with { Tags = _tags.Of(datastore.Key), CustomAttributes = _fields.Of(datastore) };

    public EsxHost Tagged(EsxHost host) => host with { Tags = _tags.Of(host.Key), CustomAttributes = _hostAttributes.GetValueOrDefault(host.Key, []) };

    public Cluster Cluster(ObjectProperties cluster) => ClusterMapping.Map(cluster, _placement, _fields) with { Tags = _tags.Of(cluster.Key) };
}
