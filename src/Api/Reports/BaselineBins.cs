using Migrate.Executor.Validation;
using Migrate.Planner.Baselines;

namespace Migrate.Api.Reports;

/// <summary>Counts a baseline's 20 s means in the bins of the histogram that QEMU keeps, so that both can be drawn on one axis.</summary>
internal static class BaselineBins
{
    /// <summary>vscsiStats' limits in µs, which are also what QEMU is asked to count by.</summary>
    private static readonly long[] Limits = [1, 10, 100, 500, 1_000, 5_000, 15_000, 30_000, 50_000, 100_000];

    public static IReadOnlyList<LatencyBin> Of(IReadOnlyList<double> meansUs)
    {
        var bins = new List<LatencyBin>();
        long above = 0;
        foreach (var limit in Limits)
        {
            bins.Add(new LatencyBin(above, limit, meansUs.Count(m => (m > above || (above == 0 && m == 0)) && m <= limit)));
            above = limit;
        }

        bins.Add(new LatencyBin(above, null, meansUs.Count(m => m > above)));
        return bins;
    }

    /// <summary>Intervals without I/O have no latency and do not count.</summary>
    public static IReadOnlyList<double> MeansOf(Baseline? baseline, int diskKey, string direction)
    {
        var samples = baseline?.Disks.FirstOrDefault(d => d.DiskKey == diskKey)?.Samples ?? [];
        return
        [
            .. samples
                .Select(s => direction == "read" ? (Iops: s.ReadIops, Latency: s.ReadLatencyUs) : (Iops: s.WriteIops, Latency: s.WriteLatencyUs))
                .Where(s => s is { Iops: > 0, Latency: not null })
                .Select(s => s.Latency!.Value),
        ];
    }

    /// <summary>Nearest rank, so that it is one of the values; null without any.</summary>
    public static double? Percentile(IReadOnlyList<double> values, double quantile) =>
        values.Count == 0 ? null : values.Order().ElementAt(Math.Clamp((int)Math.Ceiling(quantile * values.Count) - 1, 0, values.Count - 1));
}
