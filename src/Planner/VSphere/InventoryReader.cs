using Migrate.Planner.Inventory;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>Makes our records of a source's objects, in one pass per type of object. Whatever cannot be read becomes a gap, never a failure.</summary>
internal sealed class InventoryReader(IObjectReader reader)
{
    public async Task<SourceInventory> ReadAsync(CancellationToken cancellationToken)
    {
        var surroundings = await Surroundings.ReadAsync(reader, cancellationToken);
        var hosts = await reader.ReadAllAsync("HostSystem", HostMapping.Paths, cancellationToken);
        var datastores = await reader.ReadAllAsync("Datastore", DatastoreMapping.Paths, cancellationToken);
        var clusters = await reader.ReadAllAsync("ClusterComputeResource", ["name", "parent", "configurationEx"], cancellationToken);
        var vms = await reader.ReadAllAsync("VirtualMachine", VmMapping.Paths, cancellationToken);

        var unmapped = new List<string>();
        var seenHosts = Ordered(Mapped(hosts, HostMapping.Map, unmapped), h => h.Key);
        return new SourceInventory
        {
            About = reader.About,
            TakenAt = reader.TakenAt,
            Vms = Ordered(Mapped(vms, surroundings.Vm, unmapped), v => v.Key),
            Hosts = seenHosts,
            Datastores = Ordered(Mapped(datastores, d => DatastoreMapping.WithMedia(surroundings.Datastore(d), seenHosts), unmapped), d => d.Key),
            Networks = surroundings.Networks,
            Clusters = Ordered(Mapped(clusters, surroundings.Cluster, unmapped), c => c.Key),
            Gaps = [.. Gaps(vms), .. unmapped],
        };
    }

    public async Task<Vm?> ReadVmAsync(string vmKey, CancellationToken cancellationToken)
    {
        var vm = await reader.ReadOneAsync(new("VirtualMachine", vmKey), VmMapping.Paths, cancellationToken);
        return vm is null ? null : (await Surroundings.ReadAsync(reader, cancellationToken)).Vm(vm);
    }

    private string[] Gaps(IEnumerable<ObjectProperties> vms) =>
    [
        .. reader.Gaps,
        .. vms.Where(v => v.Get<ArrayOfVirtualDevice>("config.hardware.device") is null)
            .Select(v => $"VirtualMachine {v.Key} ({v.Text("name")}): no configuration; its connection state is {v.Text("runtime.connectionState") ?? "unknown"}"),
        .. reader.UnknownTypes.OrderBy(t => t.Key, StringComparer.Ordinal)
            .Select(t => $"{t.Key}: a type that is not known here came {t.Value} times; it was read as what it derives from"),
    ];

    /// <summary>
    /// What an object may lack is more than any schema tells: one that cannot be made a record of costs itself only, whatever it is that
    /// its mapping stumbles over.
    /// </summary>
    private static IEnumerable<T> Mapped<T>(IEnumerable<ObjectProperties> objects, Func<ObjectProperties, T> map, List<string> unmapped)
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
