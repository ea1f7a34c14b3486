namespace Migrate.Planner.Baselines;

/// <summary>A baseline in the few figures that a report shows.</summary>
public sealed record BaselineSummary
{
    public required IReadOnlyList<DiskBaselineSummary> Disks { get; init; }

    public static BaselineSummary Of(Baseline baseline) => throw new NotImplementedException();
}

/// <summary><paramref name="Coverage"/>: share (0…1) of the window's 20 s intervals that carry any value.</summary>
public sealed record DiskBaselineSummary(
    int DiskKey, string Instance, int SampleCount, double Coverage, DirectionSummary Read, DirectionSummary Write);

/// <summary>
/// One direction of one disk. Latencies in µs; the percentiles are of 20 s means and not of single I/Os. Null where no
/// interval carried the figure.
/// </summary>
public sealed record DirectionSummary(
    double? MeanIops, double? PeakIops, double? MeanBytesPerSecond, double? MeanLatencyUs, double? P50Of20sMeansUs, double? P95Of20sMeansUs, double? MeanOutstanding);
