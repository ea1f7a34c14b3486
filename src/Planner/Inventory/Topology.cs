namespace Migrate.Planner.Inventory;

/// <summary>
/// The way from a datastore down to the wire: extent → LUN → paths → HBA, as every host that mounts it sees it. A datastore without
/// extents (vSAN, NFS) has no LUN and no rows.
/// </summary>
public static class Topology
{
    /// <summary>
    /// One row per extent and host. When the datastore names no hosts, every host that shows one of its LUNs counts as mounting it.
    /// </summary>
    public static IReadOnlyList<TopologyRow> Of(Datastore datastore, IEnumerable<EsxHost> hosts)
    {
        List<EsxHost> mounting = [.. hosts.Where(host => datastore.HostKeys.Count == 0
            ? datastore.Extents.Any(extent => LunOf(host, extent) is not null)
            : datastore.HostKeys.Contains(host.Key)).OrderBy(host => host.Name, StringComparer.Ordinal)];
        return [.. from extent in datastore.Extents from host in mounting select Row(extent, host)];
    }

    private static TopologyRow Row(VmfsExtent extent, EsxHost host)
    {
        Lun? lun = LunOf(host, extent);
        Dictionary<string, StorageAdapter> adapters = host.Adapters.ToDictionary(adapter => adapter.Key);
        List<NvmeController> controllers = [.. host.NvmeControllers.Where(controller => controller.Namespaces.Any(space => space.Name == extent.DiskName))];
        List<TopologyPath> paths = [.. (lun?.Paths ?? []).Select(path =>
            new TopologyPath(path.Name, path.State, path.Working, path.Transport, adapters.GetValueOrDefault(path.AdapterKey))
            {
                Controller = controllers.Find(controller => controller.AdapterKey == path.AdapterKey),
            })];
        // A host whose multipathing tells no paths of a namespace still tells the controllers that it is attached to.
        paths.AddRange(controllers.Where(controller => paths.TrueForAll(path => path.Adapter?.Key != controller.AdapterKey)).Select(controller =>
            new TopologyPath(controller.Name, "active", true, controller.SubsystemNqn, adapters.GetValueOrDefault(controller.AdapterKey)) { Controller = controller }));
        return new TopologyRow(
            extent.DiskName, extent.Partition, host.Key, host.Name, lun, StorageArray.NameOf(extent.DiskName, lun),
            paths.Count(path => Is(path, "active")), paths.Count(path => Is(path, "dead")), paths);
    }

    private static Lun? LunOf(EsxHost host, VmfsExtent extent) =>
        host.Luns.FirstOrDefault(lun => lun.CanonicalName.Equals(extent.DiskName, StringComparison.OrdinalIgnoreCase));

    // HostMultipathInfoPath.state: active | standby | disabled | dead | unknown.
    private static bool Is(TopologyPath path, string state) => path.State.Equals(state, StringComparison.OrdinalIgnoreCase);
}
