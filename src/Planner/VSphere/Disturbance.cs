namespace Migrate.Planner.VSphere;

/// <summary>What of a VM's life its storage figures show without being its workload.</summary>
public enum DisturbanceKind
{
    /// <summary>A snapshot was taken: writes go to a delta from then on. Backups begin so.</summary>
    SnapshotTaken,
    /// <summary>A snapshot was removed or disks were consolidated: the delta is copied back. Backups end so.</summary>
    SnapshotRemoved,
    /// <summary>Disks moved to another datastore.</summary>
    StorageMoved,
    /// <summary>The VM moved to another host and its disks stayed where they were; it is stunned for a moment, and its host's counters change.</summary>
    HostMoved,
    /// <summary>The VM was cloned: its disks were read whole.</summary>
    Cloned,
}

/// <summary>An event of a source. <see cref="Key"/> is its number there.</summary>
public sealed record Disturbance(int Key, string VmKey, DateTime At, DisturbanceKind Kind, string Message);
