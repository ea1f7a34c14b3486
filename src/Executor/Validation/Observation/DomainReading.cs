namespace Migrate.Executor.Validation.Observation;

/// <summary>What a domain's QEMU told at one moment.</summary>
/// <param name="At">UTC, whole milliseconds.</param>
/// <param name="IsOn">False: no QEMU runs for it, so that nothing else is known.</param>
/// <param name="IsPaused">Its processors are stopped.</param>
/// <param name="Devices">By the disks' aliases; none of a disk that QEMU does not have.</param>
/// <param name="Jobs">Block jobs that go on, by QEMU's words: mirror, backup, commit …</param>
/// <param name="Migration">QEMU's word for a migration, or a saving of its state, that goes on; null without one, or when that was not asked.</param>
/// <param name="Limits">What iotune allows the disks, by alias; null when that was not asked.</param>
public sealed record DomainReading(
    DateTime At, bool IsOn, bool IsPaused, IReadOnlyDictionary<string, DeviceReading> Devices, IReadOnlyList<string> Jobs, string? Migration, IReadOnlyDictionary<string, IoLimits>? Limits);

/// <summary>One disk of it.</summary>
/// <param name="Qdev">QEMU's name of the device: a SCSI disk is called by its id, a virtio one by its path.</param>
/// <param name="Node">The block node that it is on; another one after a snapshot.</param>
/// <param name="Mark">Of the histogram that is counted; null: none, or somebody else's.</param>
/// <param name="Totals">Counters since QEMU started; bins, since their histogram was set, are zero without a mark.</param>
public sealed record DeviceReading(string Qdev, string? Node, long? Mark, DiskTotals Totals);

/// <summary>Operations and bytes per second that QEMU lets a disk do; 0: no limit.</summary>
public sealed record IoLimits(long Operations, long Reads, long Writes, long Bytes, long ReadBytes, long WriteBytes)
{
    /// <summary>How close an interval came to the nearest limit: 1 at it. 0 without limits.</summary>
    internal double ReachedBy(DiskTotals done, double seconds)
    {
        ReadOnlySpan<(long Limit, long Done)> all =
        [
            (Operations, done.Read.Operations + done.Write.Operations), (Reads, done.Read.Operations), (Writes, done.Write.Operations),
            (Bytes, done.Read.Bytes + done.Write.Bytes), (ReadBytes, done.Read.Bytes), (WriteBytes, done.Write.Bytes),
        ];
        var most = 0.0;
        foreach (var (limit, amount) in all)
        {
            most = limit > 0 && seconds > 0 ? Math.Max(most, amount / seconds / limit) : most;
        }

        return most;
    }
}
