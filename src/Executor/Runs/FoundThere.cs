using System.Collections.Concurrent;
using Migrate.Executor.Copy;
using Migrate.Executor.Jobs;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs;

/// <summary>
/// Which extents of disks this process has read back and found right while it copied them, over the turns of a copy. In memory only: after a crash, or
/// when another worker has had the run in between, nothing is known, and all of the disk is read back at the end.
/// </summary>
public sealed class FoundThere
{
    private readonly ConcurrentDictionary<Guid, (long Epoch, ExtentSet Extents)> _disks = new();

    /// <summary>Of the disk, to be added to.</summary>
    /// <param name="lease">The run's. Epochs count how often it was taken, so nobody had it between two that follow each other.</param>
    /// <param name="disk">Of the run.</param>
    /// <param name="isNew">Nothing is journalled yet.</param>
    internal ExtentSet Of(LeaseClaim lease, RunDisk disk, bool isNew)
    {
        var extents = !isNew && _disks.TryGetValue(disk.Id, out var known) && lease.Epoch - known.Epoch is 0 or 1 ? known.Extents : new ExtentSet(disk.CapacityBytes);
        _disks[disk.Id] = (lease.Epoch, extents);
        return extents;
    }

    /// <summary>What it is now; the disk is forgotten.</summary>
    internal ExtentSet Take(LeaseClaim lease, RunDisk disk)
    {
        var extents = Of(lease, disk, isNew: false);
        _disks.TryRemove(disk.Id, out _);
        return extents;
    }
}
