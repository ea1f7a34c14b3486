using Migrate.Planner.Inventory;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>Makes our records of a source's objects, in one pass per type of object. Whatever cannot be read becomes a gap, never a failure.</summary>
internal sealed class InventoryReader(IObjectReader reader)
{
    /// <summary>How a gap ends that tells of a type that the contract does not have.</summary>
    public const string UnknownTypes = ": a type that is not known here; it was read as what it derives from";

    public async Task<SourceInventory> ReadAsync(CancellationToken cancellationToken)
    {
        var surroundings = await Surroundings.ReadAsync(reader, cancellationToken);
        var unmapped = new List<string>();
        var hosts = Mapped(await reader.ReadAllAsync("HostSystem", HostMapping.Paths, cancellationToken), HostMapping.Map, unmapped).ToList();
        var rest = await WithoutVmsAsync(surroundings, hosts, cancellationToken);
        var vms = await reader.ReadAllAsync("VirtualMachine", VmMapping.Paths, cancellationToken);
        var withoutConfiguration = new List<string>();
        var seen = Ordered(Mapped(vms, Map, unmapped), v => v.Key);
        return rest with
        {
            Vms = seen,
            Gaps = [.. reader.Gaps, .. Unfamiliar.In(seen), .. withoutConfiguration, .. reader.UnknownTypes.Keys.Order(StringComparer.Ordinal).Select(UnknownType), .. rest.Gaps, .. unmapped],
        };

        // All that is asked of a VM at once: a dump has parsed only the last one.
        Vm Map(ObjectProperties vm)
        {
            if (GapOf(vm) is { } gap)
            {
                withoutConfiguration.Add(gap);
            }

            return surroundings.Vm(vm);
        }
    }

    /// <summary>All but the VMs; its gaps are only of what could not be made a record of, or of what is in those records.</summary>
    public async Task<SourceInventory> WithoutVmsAsync(Surroundings surroundings, IEnumerable<EsxHost> hosts, CancellationToken cancellationToken)
    {
        var datastores = await reader.ReadAllAsync("Datastore", DatastoreMapping.Paths, cancellationToken);
        var clusters = await reader.ReadAllAsync("ClusterComputeResource", ClusterMapping.Paths, cancellationToken);
        var unmapped = new List<string>();
        var ordered = Ordered(hosts.Select(surroundings.Tagged), h => h.Key);
        var seen = Ordered(Mapped(clusters, surroundings.Cluster, unmapped), c => c.Key);
        return new SourceInventory
        {
            About = reader.About,
            TakenAt = reader.TakenAt,
            Hosts = ordered,
            Datastores = Ordered(Mapped(datastores, d => DatastoreMapping.WithMedia(surroundings.Datastore(d), ordered), unmapped), d => d.Key),
            Networks = surroundings.Networks,
            Clusters = seen,
            Gaps = [.. unmapped, .. Unfamiliar.In(seen)],
        };
    }

    /// <summary>One VM and no more of the source than its record needs.</summary>
    public static async Task<Vm?> ReadVmAsync(PropertyReader reader, string vmKey, CancellationToken cancellationToken)
    {
        var vm = await reader.ReadOneAsync(new("VirtualMachine", vmKey), VmMapping.Paths, cancellationToken);
        return vm is null ? null : (await Surroundings.ReadAsync(await NearbyReader.AroundAsync(vm, reader, cancellationToken), cancellationToken)).Vm(vm);
    }

    /// <summary>A VM whose configuration cannot be had, as a line.</summary>
    public static string? GapOf(ObjectProperties vm) => vm.Get<ArrayOfVirtualDevice>("config.hardware.device") is not null ? null
        : $"VirtualMachine {vm.Key} ({vm.Text("name")}): no configuration; its connection state is {vm.Text("runtime.connectionState") ?? "unknown"}";

    public static string UnknownType(string type) => type + UnknownTypes;

    /// <summary>
    /// What an object may lack is more than any schema tells: one that cannot be made a record of costs itself only, whatever it is that
    /// its mapping stumbles over.
    /// </summary>
    public static IEnumerable<T> Mapped<T>(IEnumerable<ObjectProperties> objects, Func<ObjectProperties, T> map, List<string> unmapped)
        where T : class
    {
        foreach (var each in objects)
        {
            T? record = null;
            try
            {
                record = map(each);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                unmapped.Add($"{each.Reference.Type} {each.Key}: left out, because its description makes no sense: {e.Message}");
            }

            if (record is not null)
            {
                yield return record;
            }
        }
    }

    /// <summary>By key, so that two readings of an unchanged source are equal.</summary>
    private static List<T> Ordered<T>(IEnumerable<T> items, Func<T, string> key) => [.. items.OrderBy(key, StringComparer.Ordinal)];
}
