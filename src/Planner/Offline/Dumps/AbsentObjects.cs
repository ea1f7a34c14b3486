using Migrate.Planner.Inventory;
using Migrate.Vim25;

namespace Migrate.Planner.Offline.Dumps;

/// <summary>What the objects of a dump refer to and the dump does not have: it was cut down, or files of it were lost.</summary>
internal static class AbsentObjects
{
    /// <param name="places">Folders, datacenters and resource pools, of which the inventory keeps the names only.</param>
    public static IEnumerable<string> Of(SourceInventory inventory, IEnumerable<(string From, ManagedObjectReference To)> places)
    {
        var here = new HashSet<string>(
            [
                .. inventory.Hosts.Select(h => h.Key), .. inventory.Datastores.Select(d => d.Key), .. inventory.Clusters.Select(c => c.Key),
                .. inventory.Networks.Select(n => n.Key),
            ], StringComparer.Ordinal);
        return References(inventory)
            .Where(r => r.To.Length > 0 && !here.Contains(r.To))
            .Concat(places.Select(p => (p.From, Kind: Kind(p.To.Type), To: p.To.Value)))
            .GroupBy(r => (r.Kind, r.To), r => r.From)
            .OrderBy(g => g.Key.To, StringComparer.Ordinal)
            .Select(g => Line(g.Key.Kind, g.Key.To, [.. g.Distinct()]));
    }

    private static IEnumerable<(string From, string Kind, string To)> References(SourceInventory inventory)
    {
        foreach (var vm in inventory.Vms)
        {
            yield return (vm.Name, "host", vm.HostKey ?? "");
            foreach (var datastore in vm.DatastoreKeys.Concat(vm.Disks.Select(d => d.DatastoreKey)).OfType<string>().Distinct())
            {
                yield return (vm.Name, "datastore", datastore);
            }
        }

        foreach (var vm in inventory.Vms)
        {
            // A distributed port group's key is its id; a card whose group was not found has it as its network's name.
            var cards = vm.Nics.Where(n => n is { NetworkKey: null, Backing: NicBacking.Distributed }).Select(n => n.NetworkName);
            foreach (var network in vm.NetworkKeys.Concat(cards).Distinct())
            {
                yield return (vm.Name, "network", network);
            }
        }

        foreach (var host in inventory.Hosts)
        {
            yield return (host.Name, "cluster", host.ClusterKey ?? "");
        }

        foreach (var datastore in inventory.Datastores)
        {
            foreach (var host in datastore.HostKeys)
            {
                yield return (datastore.Name, "host", host);
            }
        }
    }

    private static string Kind(string type) => type switch
    {
        "ClusterComputeResource" => "cluster",
        "ComputeResource" => "compute resource",
        "ResourcePool" => "resource pool",
        "VirtualApp" => "vApp",
        _ => type.ToLowerInvariant(),
    };

    private static string Line(string kind, string key, List<string> from)
    {
        const int Shown = 5;
        var names = string.Join(", ", from.Take(Shown)) + (from.Count > Shown ? $" and {from.Count - Shown} more" : "");
        return $"{kind} {key}: the dump does not have it; {names} {(from.Count == 1 ? "refers" : "refer")} to it";
    }
}
