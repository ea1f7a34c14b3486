namespace Migrate.Planner.Inventory;

/// <summary>What a VM takes on its datastores, in bytes, as of the server's last look.</summary>
public sealed record VmStorage
{
    public long CommittedBytes { get; init; }
    /// <summary>What thin disks may still grow by.</summary>
    public long UncommittedBytes { get; init; }
    /// <summary>What no other VM shares: what its deletion would free.</summary>
    public long UnsharedBytes { get; init; }
    public long SwapBytes { get; init; }
    /// <summary>Snapshots' memory and data; their disks are in <see cref="VirtualDisk.DeltaBytes"/>.</summary>
    public long SnapshotBytes { get; init; }
    /// <summary>Configuration, NVRAM, logs and the rest.</summary>
    public long OtherBytes { get; init; }
    /// <summary>inherit | vmDirectory | hostLocal: where the swap file is made; null when the server does not say.</summary>
    public string? SwapPlacement { get; init; }
    /// <summary>Where snapshots keep their state and logs go, e.g. "[ds2] web01"; null: beside the .vmx.</summary>
    public string? SnapshotDirectory { get; init; }
    public string? LogDirectory { get; init; }
    /// <summary>Files that the server finds inaccessible.</summary>
    public IReadOnlyList<string> InaccessibleFiles { get; init; } = [];
}
