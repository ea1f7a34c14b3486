namespace Migrate.Executor.Validation.Observation;

/// <summary>
/// The limits of the histograms that QEMU is told to count in. All of vscsiStats' are among them and what the verdict's margins make of each, so that its histograms can be laid beside; QEMU looks for the bin
/// by bisection, so that many cost nothing.
/// </summary>
public static class HistogramGrid
{
    /// <summary>A day: no I/O takes so long, so that a boundary beyond it splits nothing.</summary>
    private const long MarkNs = 86_400_000_000_000;
    private const long MostMarks = 1L << 40;

    /// <summary>Inclusive upper limits of bins in microseconds; one more bin has none.</summary>
    public static IReadOnlyList<long> LimitsUs { get; } =
    [
        1, 10, 20, 30, 50, 52, 61, 62, 70, 100, 120, 150, 160, 170, 200, 250, 300, 400, 500, 600, 650, 700, 850, 1000, 1150, 1200, 1250, 1500, 2000, 2500, 3000, 4000, 5000, 5550, 6000, 6050, 7500,
        10_000, 12_500, 15_000, 16_550, 18_050, 20_000, 25_000, 30_000, 33_050, 36_050, 40_000, 50_000, 55_050, 60_050, 70_000, 100_000, 110_050, 120_050, 150_000, 200_000, 500_000, 1_000_000,
    ];

    public static int Bins => LimitsUs.Count + 1;

    /// <summary>
    /// As QEMU takes them. Its bins are half-open, [from, to), and limits inclusive: one nanosecond more makes them the same. The last boundary is the count's
    /// mark: whoever finds it knows that QEMU has counted in these bins since they were set under this mark, and for nobody else.
    /// </summary>
    public static IEnumerable<long> BoundariesNs(long mark) => [.. LimitsUs.Select(us => (us * 1000) + 1), MarkNs + mark];

    public static long NewMark() => Random.Shared.NextInt64(1, MostMarks);

    /// <summary>The mark of a histogram with our limits; null when it has others.</summary>
    public static long? MarkOf(IReadOnlyList<long> boundariesNs) =>
        boundariesNs.Count == LimitsUs.Count + 1 && boundariesNs[^1] is > MarkNs and var last && boundariesNs.SequenceEqual(BoundariesNs(last - MarkNs)) ? last - MarkNs : null;
}
