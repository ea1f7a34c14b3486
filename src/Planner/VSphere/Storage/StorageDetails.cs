using Migrate.Planner.Inventory;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere.Storage;

/// <summary>
/// Adds to an inventory what no property tells and a live server answers to calls: port bindings, storage policies of disks on vSAN and
/// vVols, vSAN's own view of its clusters. What cannot be asked becomes a gap that names it.
/// </summary>
internal sealed class StorageDetails(VSphereSession session, IObjectReader reader, KnownBindings bindings)
{
    public async Task<SourceInventory> AddAsync(SourceInventory inventory, CancellationToken cancellationToken)
    {
        var gaps = new List<string>();
        var hosts = await new PortBindingReader(session, bindings).ReadAsync(inventory.Hosts, await IscsiManagersAsync(inventory, cancellationToken), gaps, cancellationToken);
        return inventory with
        {
            Hosts = hosts,
            Clusters = await ClustersAsync(inventory, gaps, cancellationToken),
            Gaps = [.. inventory.Gaps, .. gaps],
        };
    }

    private async Task<Dictionary<string, ManagedObjectReference>> IscsiManagersAsync(SourceInventory inventory, CancellationToken cancellationToken)
    {
        if (!inventory.Hosts.Any(h => h.Adapters.Any(PortBindingReader.IsIscsi)))
        {
            return [];
        }

        const string path = "configManager.iscsiManager";
        return (await reader.ReadAllAsync("HostSystem", [path], cancellationToken))
            .Where(h => h.Get<ManagedObjectReference>(path) is not null).ToDictionary(h => h.Key, h => h.Get<ManagedObjectReference>(path)!);
    }

    private async Task<IReadOnlyList<Cluster>> ClustersAsync(SourceInventory inventory, List<string> gaps, CancellationToken cancellationToken)
    {
        if (!session.IsVcenter || !inventory.Clusters.Any(c => c.Vsan is not null))
        {
            return inventory.Clusters;
        }

        var reader = new VsanReader(session);
        var clusters = new List<Cluster>();
        foreach (var cluster in inventory.Clusters)
        {
            clusters.Add(cluster.Vsan is { } vsan ? cluster with { Vsan = await reader.ReadAsync(cluster, vsan, gaps, cancellationToken) } : cluster);
        }

        return clusters;
    }

    /// <summary>The storage policies of all disks, where one of <paramref name="datastores"/> is governed by policies.</summary>
    public async Task<PolicyMap> PoliciesAsync(IReadOnlyList<Inventory.Datastore> datastores, List<string> gaps, CancellationToken cancellationToken)
    {
        if (!datastores.Any(d => d.IsVsan || d.Type.Equals("VVOL", StringComparison.OrdinalIgnoreCase)))
        {
            return PolicyMap.Empty;
        }

        if (!session.IsVcenter)
        {
            gaps.Add("storage policies: a standalone ESXi host does not keep them; ask its vCenter");
            return PolicyMap.Empty;
        }

        try
        {
            return await new PolicyReader(session).ReadAsync(cancellationToken);
        }
        catch (MigrateException e) when (!e.IsTransient)
        {
            gaps.Add($"storage policies: {e.Message} {e.Remedy}");
            return PolicyMap.Empty;
        }
    }
}
