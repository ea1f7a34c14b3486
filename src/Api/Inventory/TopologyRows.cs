using Migrate.Planner.Inventory;

namespace Migrate.Api.Inventory;

/// <summary>Flattens the planner's topology into rows of a table.</summary>
internal static class TopologyRows
{
    public static DatastoreTopology Whole(Datastore datastore, IReadOnlyList<EsxHost> hosts, VsanCluster? vsan) => new(
        datastore.Key, datastore.Name, datastore.Type, datastore.Media, vsan,
        [.. Topology.Of(datastore, hosts).SelectMany(row => row.Warnings, (row, warning) => (row.HostName, Warning: warning)).GroupBy(w => w.Warning)
            .Select(same => $"{same.Key} ({string.Join(", ", same.Select(w => w.HostName).Distinct())})")],
        [.. Of(datastore, hosts)]);

    public static IEnumerable<TopologyView> Of(Datastore datastore, IReadOnlyList<EsxHost> hosts)
    {
        var any = false;
        foreach (var row in Topology.Of(datastore, hosts))
        {
            var extent = $"{row.DiskName}:{row.Partition}";
            var lun = row.Lun?.CanonicalName;
            var model = row.Lun is null ? null : $"{row.Lun.Vendor} {row.Lun.Model}".Trim();
            foreach (var path in row.Paths)
            {
                any = true;
                yield return new TopologyView(
                    datastore.Name, datastore.Type, row.HostName, extent, lun, model, path.Name, path.State,
                    path.Adapter?.Device, path.Adapter?.Kind, path.Adapter?.Confidence, path.Adapter?.Reason)
                {
                    Array = row.Array,
                    PathPolicy = row.Lun?.PathPolicy,
                    Carrier = path.Adapter?.RdmaDevice is { } rdma ? $"{rdma} {path.Adapter.Uplink}".TrimEnd() : path.Adapter?.Uplink,
                    NvmeSubsystem = path.Controller?.SubsystemNqn,
                };
            }

            if (row.Paths.Count == 0)
            {
                any = true;
                yield return new TopologyView(datastore.Name, datastore.Type, row.HostName, extent, lun, model, null, null, null, null, null, null);
            }
        }

        if (!any)
        {
            // vSAN and NFS have no LUN below them: the row says what there is.
            yield return new TopologyView(datastore.Name, datastore.Type, null, null, null, datastore.NasRemote, null, null, null, null, null, null);
        }
    }
}
