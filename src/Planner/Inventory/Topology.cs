namespace Migrate.Planner.Inventory;

/// <summary>
/// The way from a datastore down to the wire: extent → LUN → paths → HBA, as every host that mounts it sees it.
/// </summary>
public static class Topology
{
    public static IReadOnlyList<TopologyRow> Of(Datastore datastore, IEnumerable<EsxHost> hosts) => throw new NotImplementedException();
}

/// <summary>
/// One extent as one host sees it. <paramref name="Lun"/> is null when the host mounts the datastore but does not show the LUN.
/// <paramref name="Array"/> is the storage product's name as far as vendor string, NAA prefix or IQN tell.
/// </summary>
public sealed record TopologyRow(
    string DiskName, int Partition, string HostKey, string HostName, Lun? Lun, string Array,
    int ActivePaths, int DeadPaths, IReadOnlyList<TopologyPath> Paths);

/// <summary><paramref name="Adapter"/> is null when the path names an HBA that the host does not list.</summary>
public sealed record TopologyPath(string Name, string State, bool Working, string Transport, StorageAdapter? Adapter);
