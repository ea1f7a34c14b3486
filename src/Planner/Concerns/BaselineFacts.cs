using Migrate.Planner.Baselines.Trust;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Concerns;

/// <summary>What rules need of a VM's baseline: of the samples that a run would compare with.</summary>
/// <param name="CollectedAt">Its newest sample, UTC.</param>
/// <param name="WriteBytesPerSecond">Mean over the window, all disks together; null when not measured.</param>
/// <param name="BusiestWriteBytesPerSecond">The same of the six hours with the most writes.</param>
/// <param name="WorstLatencyUs">95th percentile of 20 s means (never of single I/Os) of the slowest disk and direction, to 6 %; null when not measured.</param>
/// <param name="Trust">How far all this can be trusted, and why no further.</param>
public sealed record BaselineFacts(
    DateTime CollectedAt, double? WriteBytesPerSecond, double? BusiestWriteBytesPerSecond, double? WorstLatencyUs, BaselineTrust Trust)
{
    /// <summary>Reads and writes per second of the busiest disk in its busiest 20 s; 0 when not measured.</summary>
    public double PeakIops { get; init; }

    internal static BaselineFacts Of(TrustEvidence evidence, double? busiest)
    {
        var disks = evidence.Disks.Select(disk => disk.Samples).ToList();
        List<double> writes = [.. disks.Select(disk => disk.Write.BytesPerSecond).OfType<double>()];
        return new BaselineFacts(
            DateTime.UnixEpoch.AddSeconds(disks.Max(disk => disk.Last)), writes.Count == 0 ? null : writes.Sum(), busiest,
            disks.SelectMany(disk => new[] { disk.Read.Means.Percentile(0.95), disk.Write.Means.Percentile(0.95) }).Max(), BaselineTrust.Judge(evidence))
        {
            PeakIops = disks.Max(disk => disk.PeakIops),
        };
    }
}

/// <summary>How the collection of a VM's counters goes. All times UTC.</summary>
/// <param name="StoppedAt">Null while it runs.</param>
/// <param name="PolledAt">When the source answered last; null when it never did.</param>
/// <param name="Error">Why the last poll failed; null when it did not.</param>
public sealed record CollectionFacts(DateTime StartedAt, DateTime? StoppedAt, DateTime? PolledAt, string? Error)
{
    internal static CollectionFacts Of(BaselineWatch watch) => new(watch.StartedAt, watch.StoppedAt, watch.PolledAt, watch.Error);
}
