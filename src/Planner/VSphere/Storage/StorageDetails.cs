using Migrate.Planner.Inventory;
using Migrate.Vim25;
using VirtualDisk = Migrate.Planner.Inventory.VirtualDisk;

namespace Migrate.Planner.VSphere.Storage;

/// <summary>
/// Adds to an inventory what no property tells and a live server answers to calls: port bindings, storage policies of disks on vSAN and
/// vVols, vSAN's own view of its clusters. What cannot be asked becomes a gap that names it.
/// </summary>
internal sealed class StorageDetails(VSphereSession session)
{
    public async Task<SourceInventory> AddAsync(SourceInventory inventory, CancellationToken cancellationToken)
    {
        var gaps = new List<string>();
        var hosts = await new PortBindingReader(session).ReadAsync(inventory.Hosts, await IscsiManagersAsync(inventory, cancellationToken), gaps, cancellationToken);
        return inventory with
        {
            Hosts = hosts,
            Clusters = await ClustersAsync(inventory, gaps, cancellationToken),
            Vms = await PoliciesAsync(inventory.Vms, inventory.Datastores, gaps, cancellationToken),
            Gaps = [.. inventory.Gaps, .. gaps],
        };
    }

    private async Task<Dictionary<string, ManagedObjectReference>> IscsiManagersAsync(SourceInventory inventory, CancellationToken cancellationToken)
    {
        if (!inventory.Hosts.Any(h => h.Adapters.Any(a => a.VimType == nameof(HostInternetScsiHba))))
        {
            return [];
        }

        const string path = "configManager.iscsiManager";
        return (await new PropertyReader(session).ReadAllAsync("HostSystem", [path], cancellationToken))
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

    /// <summary>The VMs with the policies of their disks on <paramref name="datastores"/> that are governed by policies.</summary>
    public async Task<IReadOnlyList<Vm>> PoliciesAsync(
        IReadOnlyList<Vm> vms, IReadOnlyList<Inventory.Datastore> datastores, List<string> gaps, CancellationToken cancellationToken)
    {
        var governed = datastores.Where(d => d.IsVsan || d.Type.Equals("VVOL", StringComparison.OrdinalIgnoreCase)).Select(d => d.Key).ToHashSet(StringComparer.Ordinal);
        List<string> disks = [.. from vm in vms from disk in vm.Disks where disk.DatastoreKey is { } key && governed.Contains(key) select Name(vm, disk)];
        if (disks.Count == 0)
        {
            return vms;
        }

        if (!session.IsVcenter)
        {
            gaps.Add($"storage policies of {disks.Count} disks: a standalone ESXi host does not keep them; ask its vCenter");
            return vms;
        }

        try
        {
            var policies = await new PolicyReader(session).ReadAsync(disks, cancellationToken);
            return [.. vms.Select(vm => vm.Disks.Any(d => policies.ContainsKey(Name(vm, d)))
                ? vm with { Disks = [.. vm.Disks.Select(d => d with { Policy = policies.GetValueOrDefault(Name(vm, d)) })] }
                : vm)];
        }
        catch (MigrateException e) when (!e.IsTransient)
        {
            gaps.Add($"storage policies of {disks.Count} disks: {e.Message} {e.Remedy}");
            return vms;
        }
    }

    /// <summary>As the policy service names disks.</summary>
    private static string Name(Vm vm, VirtualDisk disk) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{vm.Key}:{disk.Key}");
}
