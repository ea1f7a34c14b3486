namespace Migrate.Planner.VSphere.ChangeTracking;

/// <summary>What a pass has to read of a disk.</summary>
public enum PassBasis
{
    /// <summary>Everything that changed since the last pass.</summary>
    Changes,
    /// <summary>First pass: every area in use; what is not named is zero, also where an attempt that was given up copied something.</summary>
    UsedAreas,
    /// <summary>All of the disk. Where it was copied before, by comparing hashes, so that only differences are written.</summary>
    Everything,
}

/// <summary>The basis for one disk, with the reason that a report shows.</summary>
public sealed record DiskPass(TrackedDisk Disk, PassBasis Basis, string Reason)
{
    /// <summary>An earlier attempt at this first pass copied something, all of it under the snapshot that is there now: it is as good as new.</summary>
    public bool KnownIsCurrent { get; init; }

    /// <summary>An earlier attempt copied something, all of it at the moment of this change id or later. Null: nobody can say how old it is.</summary>
    public string? KnownSince { get; init; }

    internal static DiskPass Of(TrackedDisk disk, string? vmDistrusted, string? snapshotKey)
    {
        var pass = Of(disk, vmDistrusted);
        var isSeed = disk is { CopiedAt: null, SeedSnapshot: not null };
        return pass with
        {
            KnownIsCurrent = isSeed && disk.SeedSnapshot == snapshotKey,
            KnownSince = isSeed && pass.Basis == PassBasis.UsedAreas && !string.IsNullOrEmpty(disk.SeededFrom) && ChangeId.WhyUnrelated(disk.SeededFrom, disk.FrozenChangeId!) is null
                ? disk.SeededFrom : null,
        };
    }

    private static DiskPass Of(TrackedDisk disk, string? vmDistrusted)
    {
        var why = disk.Distrusted ?? vmDistrusted
            ?? (string.IsNullOrEmpty(disk.FrozenChangeId) ? "change tracking is not active for the disk" : null)
            // Used areas would not tell what was given back to the datastore since.
            ?? (disk is { CopiedAt: not null, CopiedChangeId: null } ? "the disk was not tracked in the last pass" : null)
            ?? (disk.CopiedChangeId is { } copied ? ChangeId.WhyUnrelated(copied, disk.FrozenChangeId!) : null);
        return why is not null ? new(disk, PassBasis.Everything, why)
            : disk.CopiedChangeId is null ? new(disk, PassBasis.UsedAreas, "first pass: the areas in use")
            : new(disk, PassBasis.Changes, $"changes since {disk.CopiedChangeId}");
    }

    /// <summary>The change id to ask with; null = nothing needs to be asked.</summary>
    internal string? AskWith => Basis switch
    {
        PassBasis.Changes => Disk.CopiedChangeId,
        PassBasis.UsedAreas => ChangeId.AllUsed,
        _ => null,
    };
}
