using Migrate.Planner.Baselines;

namespace Migrate.Planner.Concerns;

/// <summary>What rules need of a VM's baseline.</summary>
/// <param name="CollectedAt">When it ended, UTC.</param>
/// <param name="Window">First to last sample.</param>
/// <param name="Coverage">Share (0…1) of the window that has samples, of the worst disk.</param>
/// <param name="WriteBytesPerSecond">Mean over the window, all disks together; null when not measured.</param>
/// <param name="WorstLatencyUs">95th percentile of 20 s means of the slowest disk and direction; null when not measured.</param>
/// <param name="MissingCounters">Counters that the server does not have or does not fill.</param>
public sealed record BaselineFacts(
    DateTime CollectedAt, TimeSpan Window, double Coverage, double? WriteBytesPerSecond, double? WorstLatencyUs, IReadOnlyList<string> MissingCounters)
{
    public static BaselineFacts Of(Baseline baseline)
    {
        BaselineSummary summary = BaselineSummary.Of(baseline);
        List<double> writes = [.. summary.Disks.Select(disk => disk.Write.MeanBytesPerSecond).OfType<double>()];
        return new BaselineFacts(
            baseline.CollectedAt, summary.Window, summary.Disks.Select(disk => disk.Coverage).DefaultIfEmpty().Min(), writes.Count == 0 ? null : writes.Sum(),
            summary.Disks.SelectMany(disk => new[] { disk.Read.P95Of20sMeansUs, disk.Write.P95Of20sMeansUs }).Max(), baseline.MissingCounters);
    }
}
