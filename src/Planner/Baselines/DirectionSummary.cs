namespace Migrate.Planner.Baselines;

/// <summary>
/// One direction (read or write) of one disk. Latencies in µs. <paramref name="MeanLatencyUs"/> weighs each interval with its I/Os;
/// the percentiles are of 20 s means and not of single I/Os: a slow I/O among thousands is invisible in them. Null where no
/// interval carried the figure.
/// </summary>
public sealed record DirectionSummary(
    double? MeanIops, double? PeakIops, double? MeanBytesPerSecond, double? MeanLatencyUs, double? P50Of20sMeansUs, double? P95Of20sMeansUs, double? MeanOutstanding)
{
    internal static DirectionSummary Of(
        IReadOnlyList<BaselineSample> samples,
        Func<BaselineSample, double?> iops,
        Func<BaselineSample, double?> latency,
        Func<BaselineSample, double?> bytes,
        Func<BaselineSample, double?> outstanding)
    {
        // An interval without I/O has no latency; vSphere writes 0 there, which would pull every percentile down.
        List<(double Iops, double Latency)> busy = [.. samples
            .Select(sample => (Iops: iops(sample), Latency: latency(sample)))
            .Where(pair => pair is { Iops: > 0, Latency: not null })
            .Select(pair => (pair.Iops!.Value, pair.Latency!.Value))];
        double[] means = [.. busy.Select(pair => pair.Latency).Order()];
        return new DirectionSummary(
            Mean(samples.Select(iops)),
            samples.Max(iops),
            Mean(samples.Select(bytes)),
            busy.Count == 0 ? null : busy.Sum(pair => pair.Iops * pair.Latency) / busy.Sum(pair => pair.Iops),
            Percentile(means, 0.50),
            Percentile(means, 0.95),
            Mean(samples.Select(outstanding)));
    }

    private static double? Mean(IEnumerable<double?> values) => values.Average();

    /// <summary>Nearest rank: always a value that was measured, never one between two.</summary>
    internal static double? Percentile(double[] sorted, double share) =>
        sorted.Length == 0 ? null : sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];
}
