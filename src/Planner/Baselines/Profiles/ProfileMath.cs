using Migrate.Planner.Baselines.Series;

namespace Migrate.Planner.Baselines.Profiles;

/// <summary>The formulas of docs/baselines.md over chosen samples of a series.</summary>
internal static class ProfileMath
{
    private sealed record Counters(DiskCounter Iops, DiskCounter Us, DiskCounter Ms, DiskCounter Kilobytes, DiskCounter BytesPerIo, DiskCounter Outstanding);

    private static readonly Counters Reads = new(
        DiskCounter.ReadIops, DiskCounter.ReadLatencyUs, DiskCounter.ReadLatencyMs, DiskCounter.ReadKilobytes, DiskCounter.ReadBytesPerIo, DiskCounter.ReadOutstanding);

    private static readonly Counters Writes = new(
        DiskCounter.WriteIops, DiskCounter.WriteLatencyUs, DiskCounter.WriteLatencyMs, DiskCounter.WriteKilobytes, DiskCounter.WriteBytesPerIo, DiskCounter.WriteOutstanding);

    private static readonly DiskCounter[] All = Enum.GetValues<DiskCounter>();

    public static LoadFigures Of(SampleSeries series, IReadOnlyList<int> samples)
    {
        var written = Values(series, DiskCounter.WriteKilobytes, samples);
        return new LoadFigures(
            samples.Count(i => Array.Exists(All, counter => series[counter, i] >= 0)),
            Direction(series, samples, Reads),
            Direction(series, samples, Writes),
            SequentialShare(series, samples),
            written.Length == 0 ? null : written.Average() * 1024,
            written.Length == 0 ? null : ChangeOrigin.WriteRate);
    }

    private static DirectionFigures Direction(SampleSeries series, IReadOnlyList<int> samples, Counters c)
    {
        // An interval without I/O has no latency; vSphere writes 0 there, which would pull every figure down.
        List<(double Weight, double Value)> latencies =
        [
            .. samples.Where(i => series[c.Iops, i] > 0)
                .Select(i => (Weight: (double)series[c.Iops, i], Value: LatencyUs(series, c, i)))
                .Where(x => x.Value is not null)
                .Select(x => (x.Weight, x.Value!.Value)),
        ];
        return new DirectionFigures(
            SpreadOf(Values(series, c.Iops, samples)),
            WeightedSpread(latencies),
            SpreadOf([.. Values(series, c.Kilobytes, samples).Select(kilobytes => kilobytes * 1024)]),
            BytesPerIo(series, samples, c),
            SpreadOf(Values(series, c.Outstanding, samples)));
    }

    private static double? LatencyUs(SampleSeries series, Counters c, int i) => series.Value(c.Us, i) ?? series.Value(c.Ms, i) * 1000;

    /// <summary>From the size counter, weighed with the I/Os; where the server has none, throughput over IOPS is the same thing.</summary>
    private static double? BytesPerIo(SampleSeries series, IReadOnlyList<int> samples, Counters c)
    {
        var sized = samples.Where(i => series[c.Iops, i] > 0 && series[c.BytesPerIo, i] > 0).ToList();
        if (sized.Count > 0)
        {
            return sized.Sum(i => (double)series[c.Iops, i] * series[c.BytesPerIo, i]) / sized.Sum(i => (double)series[c.Iops, i]);
        }

        var moved = samples.Where(i => series[c.Iops, i] > 0 && series[c.Kilobytes, i] >= 0).ToList();
        return moved.Count == 0 ? null : 1024 * moved.Sum(i => (double)series[c.Kilobytes, i]) / moved.Sum(i => (double)series[c.Iops, i]);
    }

    private static double? SequentialShare(SampleSeries series, IReadOnlyList<int> samples)
    {
        double small = 0, all = 0;
        foreach (var i in samples.Where(i => series[DiskCounter.SmallSeeks, i] >= 0 && series[DiskCounter.MediumSeeks, i] >= 0 && series[DiskCounter.LargeSeeks, i] >= 0))
        {
            small += series[DiskCounter.SmallSeeks, i];
            all += (double)series[DiskCounter.SmallSeeks, i] + series[DiskCounter.MediumSeeks, i] + series[DiskCounter.LargeSeeks, i];
        }

        return all == 0 ? null : small / all;
    }

    private static double[] Values(SampleSeries series, DiskCounter counter, IReadOnlyList<int> samples) =>
        [.. samples.Select(i => series[counter, i]).Where(value => value >= 0).Select(value => (double)value)];

    private static Spread? SpreadOf(double[] values)
    {
        if (values.Length == 0)
        {
            return null;
        }

        var mean = values.Average();
        Array.Sort(values);
        return new Spread(mean, DirectionSummary.Percentile(values, 0.50)!.Value, DirectionSummary.Percentile(values, 0.95)!.Value);
    }

    /// <summary>Percentiles: the smallest value that, with all below it, carries the share of the I/Os.</summary>
    internal static Spread? WeightedSpread(List<(double Weight, double Value)> values)
    {
        if (values.Count == 0)
        {
            return null;
        }

        values.Sort((a, b) => a.Value.CompareTo(b.Value));
        var total = values.Sum(x => x.Weight);
        return new Spread(values.Sum(x => x.Weight * x.Value) / total, At(0.50), At(0.95));

        double At(double share)
        {
            double below = 0;
            foreach (var (weight, value) in values)
            {
                below += weight;
                if (below >= share * total * (1 - 1e-12))
                {
                    return value;
                }
            }

            return values[^1].Value;
        }
    }
}
