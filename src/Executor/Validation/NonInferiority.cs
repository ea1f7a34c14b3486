using System.Globalization;

namespace Migrate.Executor.Validation;

/// <summary>
/// Is the mean after no worse than the mean before, by a margin? With margin m(x) = 1.10 x + 50 µs (the absolute part keeps 80 → 95 µs
/// from failing) let d = after - m(before). One-sided at 95 %: Pass when d + 1.645 s &lt; 0, Fail when d - 1.645 s &gt; 0, else Inconclusive.
/// s² = s_after² + (1.10 s_before)². s_before comes from batch means: 20 s samples depend on their neighbours, so blocks of n^(1/3)
/// of them are taken as one. s_after comes from the histogram, each I/O put at the edge of its bin that is farther from the mean (twice
/// the lower edge where there is no upper), which overstates it: the test errs towards Inconclusive.
/// </summary>
internal static class NonInferiority
{
    private const double Relative = 1.10;
    private const double AbsoluteUs = 50;
    private const double Z95 = 1.6449;

    public static (Outcome Outcome, string Statement) Judge(LatencySeries before, DirectionMeasurement after)
    {
        if (before.MeanUs is not { } was || after.MeanMicroseconds is not { } now)
        {
            return (Outcome.Inconclusive, "there is nothing to compare");
        }
        var limit = (Relative * was) + AbsoluteUs;
        var error = Math.Sqrt(Math.Pow(ErrorAfter(after, now), 2) + Math.Pow(Relative * ErrorBefore(before.Points), 2));
        var outcome = now + (Z95 * error) < limit ? Outcome.Pass : now - (Z95 * error) > limit ? Outcome.Fail : Outcome.Inconclusive;
        return (outcome, string.Create(
            CultureInfo.InvariantCulture, $"mean {was:0} µs before, {now:0} µs after; the margin ends at {limit:0} µs, the error of the comparison is {Z95 * error:0} µs"));
    }

    /// <summary>Standard error of the weighted mean, from means of blocks.</summary>
    internal static double ErrorBefore(IReadOnlyList<LatencySeries.Point> points)
    {
        var length = Math.Max(1, (int)Math.Ceiling(Math.Cbrt(points.Count)));
        var means = points.Chunk(length).Where(block => block.Length == length).Select(block => LatencySeries.Mean(block)!.Value).ToList();
        if (means.Count < 2)
        {
            return double.PositiveInfinity;
        }
        var centre = means.Average();
        return Math.Sqrt(means.Sum(m => Math.Pow(m - centre, 2)) / (means.Count - 1) / means.Count);
    }

    internal static double ErrorAfter(DirectionMeasurement after, double mean)
    {
        var count = after.Bins.Sum(b => b.Count);
        if (count < 2)
        {
            return double.PositiveInfinity;
        }
        var squares = after.Bins.Sum(bin =>
        {
            double upper = bin.UpToUs ?? (2 * bin.AboveUs);
            return bin.Count * Math.Pow(Math.Max(Math.Abs(bin.AboveUs - mean), Math.Abs(upper - mean)), 2);
        });
        return Math.Sqrt(squares / (count - 1) / count);
    }
}
