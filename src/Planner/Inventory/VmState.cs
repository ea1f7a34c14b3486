namespace Migrate.Planner.Inventory;

/// <summary>What is going on with a VM beside power and connection.</summary>
public sealed record VmState
{
    /// <summary>A question of the server that the VM waits for; null: none.</summary>
    public string? Question { get; init; }
    /// <summary>UTC; null when off.</summary>
    public DateTime? BootedAt { get; init; }
    /// <summary>UTC; when it was last suspended.</summary>
    public DateTime? SuspendedAt { get; init; }
    /// <summary>The VM stands still as the parent of instant clones.</summary>
    public bool InstantCloneFrozen { get; init; }
    /// <summary>The VM shares memory and disks with its parent or its children; both must move or neither.</summary>
    public bool InstantClone { get; init; }
    /// <summary>notConfigured | disabled | enabled | needSecondary | starting | running.</summary>
    public string FaultToleranceState { get; init; } = "notConfigured";
    /// <summary>Why fault tolerance runs without a secondary, e.g. initializing, divergence, lostConnection; null while it has one.</summary>
    public string? NeedSecondaryReason { get; init; }
    /// <summary>unset | recordReplay | checkpointing.</summary>
    public string? FaultToleranceType { get; init; }
    public bool SnapshotsDisabled { get; init; }
    public bool SnapshotsLocked { get; init; }
}

/// <summary>A snapshot of a VM.</summary>
public sealed record Snapshot
{
    /// <summary>Managed object id, e.g. snapshot-17.</summary>
    public required string Key { get; init; }
    public required string Name { get; init; }
    /// <summary>The snapshot that this one builds on; null at the root.</summary>
    public string? ParentKey { get; init; }
    /// <summary>1 at the root.</summary>
    public int Depth { get; init; } = 1;
    /// <summary>UTC.</summary>
    public DateTime CreatedAt { get; init; }
    public string Description { get; init; } = "";
    /// <summary>The guest's file systems were brought to rest.</summary>
    public bool Quiesced { get; init; }
    /// <summary>Power state that it returns to; poweredOn means that memory was saved, too.</summary>
    public string PowerState { get; init; } = "";
    /// <summary>The VM's disks build on this one now.</summary>
    public bool IsCurrent { get; init; }
    /// <summary>Descriptors of the disks as they were, e.g. "[ds1] web01/web01.vmdk".</summary>
    public IReadOnlyList<string> DiskFiles { get; init; } = [];
}
