using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>Where a VM's resources come from: pools in pools, some of them vApps.</summary>
internal sealed class ResourcePools(IEnumerable<ObjectProperties> pools)
{
    private readonly Dictionary<string, (string Type, string Name, ManagedObjectReference? Parent)> _pools = pools
        .GroupBy(p => p.Key, StringComparer.Ordinal)
        .ToDictionary(g => g.Key, g => (g.First().Reference.Type, VimName.Decode(g.First().Text("name")) ?? g.Key, g.First().Get<ManagedObjectReference>("parent")), StringComparer.Ordinal);

    /// <summary>Path below the compute resource's own pool, outermost first, and the innermost vApp.</summary>
    public (string Path, string? VApp) Of(ManagedObjectReference? pool)
    {
        var names = new List<string>();
        string? vApp = null;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var at = pool; at is not null && seen.Add(at.Value) && _pools.TryGetValue(at.Value, out var node); at = node.Parent)
        {
            names.Insert(0, node.Name);
            vApp ??= node.Type == "VirtualApp" ? node.Name : null;
        }

        // The outermost is the compute resource's own, "Resources", which every VM is in.
        return (string.Join('/', names.Skip(1)), vApp);
    }
}
