namespace Migrate.Planner.Inventory;

/// <summary>
/// One extent as one host sees it. <paramref name="Lun"/> is null when the host mounts the datastore but does not show the LUN.
/// <paramref name="Array"/> is the storage product's name as far as vendor string, IQN or NAA prefix tell.
/// </summary>
public sealed record TopologyRow(
    string DiskName, int Partition, string HostKey, string HostName, Lun? Lun, string Array,
    int ActivePaths, int DeadPaths, IReadOnlyList<TopologyPath> Paths)
{
    /// <summary>The kinds of HBA that the paths run over; more than one is a finding of its own.</summary>
    public IReadOnlyList<AdapterKind> AdapterKinds { get; } = [.. Paths.Select(path => path.Adapter?.Kind ?? AdapterKind.Unknown).Distinct().Order()];

    /// <summary>What is weak about it, one sentence each.</summary>
    public IReadOnlyList<string> Warnings => TopologyWarnings.Of(this);
}

/// <summary><paramref name="Adapter"/> is null when the path names an HBA that the host does not list.</summary>
public sealed record TopologyPath(string Name, string State, bool Working, string Transport, StorageAdapter? Adapter)
{
    /// <summary>The NVMe controller that the path goes through; null for SCSI.</summary>
    public NvmeController? Controller { get; init; }
}
