using System.Text.Json.Serialization;

namespace Migrate.Planner.VSphere.ChangeTracking;

/// <summary>Where the tracking of a VM stands. Each is written down before the call that leads out of it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TrackingPhase>))]
public enum TrackingPhase
{
    /// <summary>Nothing was done to the VM.</summary>
    Untouched,
    /// <summary>The flag may be set, the stun snapshot may exist.</summary>
    Enabling,
    /// <summary>Tracking is proven on every disk; no snapshot of ours exists.</summary>
    Ready,
    /// <summary>A pass's snapshot is being taken: it may exist.</summary>
    Freezing,
    /// <summary>The pass's snapshot exists and its change ids are known: disks can be read.</summary>
    Frozen,
    /// <summary>The pass is done with; its snapshot is being removed.</summary>
    Thawing,
    /// <summary>The flag is being put back as it was.</summary>
    Restoring,
    /// <summary>The VM is as it was found.</summary>
    Ended,
}

/// <summary>
/// All that has to survive a crash: which VM, what was changed about it, and up to where each disk was copied. Written down before and
/// after every change to the source, so that a run can go on, or clean up, from any of its versions.
/// </summary>
public sealed record TrackingState
{
    /// <summary>Names our snapshots, so that we find and remove only these.</summary>
    public required Guid RunId { get; init; }
    public required string VmKey { get; init; }
    public required string VmName { get; init; }
    public TrackingPhase Phase { get; init; }
    /// <summary>config.changeTrackingEnabled as it was found; null until it was looked at.</summary>
    public bool? EnabledBefore { get; init; }
    /// <summary>Number of the pass that is going on, or was last; 0 = none yet.</summary>
    public int Pass { get; init; }
    /// <summary>Managed object of the pass's snapshot, while there is one.</summary>
    public string? SnapshotKey { get; init; }
    /// <summary>config.changeVersion of a VM that is off, at the beginning of a pass without a snapshot.</summary>
    public string? ConfigVersion { get; init; }
    /// <summary>The pass's snapshot was taken without a quiet guest: its files are as after a power loss.</summary>
    public bool CrashConsistent { get; init; }
    /// <summary>Why answers about any disk of this VM are not believed, so that every pass reads everything; null = they are.</summary>
    public string? Distrusted { get; init; }
    public required IReadOnlyList<TrackedDisk> Disks { get; init; }

    /// <summary>A VM that nothing was done to yet. Disks that cannot be tracked are named by the check, not left out here.</summary>
    public static TrackingState For(Guid runId, Inventory.Vm vm) => new()
    {
        RunId = runId,
        VmKey = vm.Key,
        VmName = vm.Name,
        Disks = [.. vm.Disks.Select(d => new TrackedDisk { Key = d.Key, Label = d.Label, Uuid = d.Uuid, CapacityBytes = d.CapacityBytes })],
    };

    /// <summary>This disk's next pass reads everything: its tracking file is damaged.</summary>
    public TrackingState Distrust(int diskKey, string why) => this with
    {
        Disks = [.. Disks.Select(d => d.Key == diskKey ? d with { Distrusted = why } : d)],
    };
}

/// <summary>One disk and the points in its history that matter.</summary>
public sealed record TrackedDisk
{
    public required int Key { get; init; }
    public required string Label { get; init; }
    public string? Uuid { get; init; }
    public required long CapacityBytes { get; init; }
    /// <summary>What is copied: everything up to this change id. Null until a first pass was completed.</summary>
    public string? CopiedChangeId { get; init; }
    /// <summary>
    /// Until a first pass was completed: the snapshot under which the first bytes were copied, and its change id. All that is known of the destination is of that
    /// moment or a later one, so what changed since is all of it that may be out of date.
    /// </summary>
    public string? SeededFrom { get; init; }
    /// <inheritdoc cref="SeededFrom"/>
    public string? SeedSnapshot { get; init; }
    /// <summary>When that state was frozen, by our clock.</summary>
    public DateTime? CopiedAt { get; init; }
    /// <summary>Of the snapshot that is there now.</summary>
    public string? FrozenChangeId { get; init; }
    public DateTime? FrozenAt { get; init; }
    /// <summary>The file that holds still while the snapshot is there, "[datastore] path".</summary>
    public string? FrozenFile { get; init; }
    public string? Distrusted { get; init; }
}
