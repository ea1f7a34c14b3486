using Migrate.Executor.Validation.Latency;

namespace Migrate.Api.Reports;

/// <summary>Two distributions to be drawn on the same axes: shares (0…1) of I/Os that took at most so many microseconds.</summary>
/// <param name="Heading">What was counted.</param>
/// <param name="Before">In order of latency.</param>
/// <param name="After">In order of latency.</param>
/// <param name="Steps">False where only the points are known and not what lies between: histograms.</param>
/// <param name="Figures">Percentiles with their bands; none for histograms.</param>
public sealed record LatencyCurves(string Heading, IReadOnlyList<CurvePoint> Before, IReadOnlyList<CurvePoint> After, bool Steps, IReadOnlyList<FigureComparison> Figures)
{
    private const double LeastUs = 1;

    /// <summary>The means of 20 s that were compared, and single I/Os, where both sides have them (or one: then only that is drawn).</summary>
    public static IReadOnlyList<LatencyCurves> Of(LatencyComparison comparison)
    {
        var charts = new List<LatencyCurves>();
        if (comparison.Before.Curve.Count > 1 && comparison.After.Curve.Count > 1)
        {
            charts.Add(new LatencyCurves("Means of 20 s, weighted by I/Os, at the same hours and loads", comparison.Before.Curve, comparison.After.Curve, true, comparison.Figures));
        }

        var (before, after) = (OfBins(comparison.Before.Bins), OfBins(comparison.After.Bins));
        if (before.Count > 1 || after.Count > 1)
        {
            var heading = (before.Count > 1, after.Count > 1) switch
            {
                (true, true) => "Single I/Os, by the limits that they were counted at",
                (true, false) => "Single I/Os before; after the move none were counted",
                _ => "Single I/Os after the move; the source gave no histogram of them",
            };
            charts.Add(new LatencyCurves(heading, before, after, false, []));
        }

        return charts;
    }

    /// <summary>Where the axis begins and ends, in powers of ten of microseconds.</summary>
    public (int From, int To) Decades()
    {
        var all = Before.Concat(After).Where(x => x.Share > 0).Select(x => Math.Max(LeastUs, x.Us)).ToList();
        var from = (int)Math.Floor(Math.Log10(all.Min()));
        return (from, Math.Max(from + 1, (int)Math.Ceiling(Math.Log10(all.Max()))));
    }

    private static List<CurvePoint> OfBins(IReadOnlyList<LatencyBin> bins)
    {
        double total = bins.Sum(x => x.Count);
        if (total == 0)
        {
            return [];
        }

        var points = new List<CurvePoint>();
        long below = 0;
        foreach (var bin in bins.Where(x => x.UpToUs is not null))
        {
            below += bin.Count;
            // Limits far below the fastest and far above the slowest I/O say nothing more.
            if (points.Count > 0 && points[^1].Share >= 1)
            {
                break;
            }

            var point = new CurvePoint(bin.UpToUs!.Value, below / total);
            if (point.Share == 0)
            {
                points.Clear();
            }

            points.Add(point);
        }

        return points;
    }
}
