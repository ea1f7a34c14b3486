namespace Migrate.Executor.Validation.Latency;

/// <summary>
/// Like is compared with like: intervals of the same hour and of the same load. Only cells that both sides have enough intervals in are compared, and
/// the side after the move counts each cell for as much as it was before, so that neither another day's hours nor another load decide.
/// </summary>
internal sealed class Strata
{
    /// <summary>Fewer intervals than this on either side say nothing of a cell.</summary>
    internal const int FewestPerCell = 5;
    private const int Bands = 5;
    private const int Elsewhere = 7 * 24 * Bands;
    private static readonly TimeSpan Week = TimeSpan.FromDays(7) - TimeSpan.FromHours(1);

    private Strata(WeightedSeries before, WeightedSeries after, double coverage, int hours, int commonHours)
    {
        Before = before;
        After = after;
        Coverage = coverage;
        Hours = hours;
        CommonHours = commonHours;
    }

    public WeightedSeries Before { get; }

    public WeightedSeries After { get; }

    /// <summary>Share (0…1) of the I/Os before the move that lie in cells which are compared.</summary>
    public double Coverage { get; }

    /// <summary>Hours of the day (of the week, where both sides have one) in which there were I/Os before, and in how many of them both sides are compared.</summary>
    public int Hours { get; }

    public int CommonHours { get; }

    public static Strata Of(IReadOnlyList<LatencyInterval> before, IReadOnlyList<LatencyInterval> after)
    {
        if (before.Count == 0 || after.Count == 0)
        {
            return new Strata(WeightedSeries.Empty, WeightedSeries.Empty, 0, 0, 0);
        }

        var byWeek = Span(before) >= Week && Span(after) >= Week;
        var limits = BandLimits(before);
        var most = before.Max(Iops);
        var (cellsBefore, cellsAfter) = (Cells(before, limits, most, byWeek), Cells(after, limits, most, byWeek));
        var (sizeBefore, sizeAfter) = (Sizes(before, cellsBefore), Sizes(after, cellsAfter));
        bool Common(int cell) => sizeBefore[cell].Count >= FewestPerCell && sizeAfter[cell].Count >= FewestPerCell;

        var total = before.Sum(x => x.Operations);
        var covered = Enumerable.Range(0, sizeBefore.Length).Where(Common).Sum(cell => sizeBefore[cell].Operations);
        var hours = cellsBefore.Select(cell => cell / Bands).ToHashSet();
        return new Strata(
            WeightedSeries.Of(before, i => Common(cellsBefore[i]) ? before[i].Operations : 0, i => cellsBefore[i] / Bands),
            WeightedSeries.Of(
                after,
                i => Common(cellsAfter[i]) ? after[i].Operations * sizeBefore[cellsAfter[i]].Operations / sizeAfter[cellsAfter[i]].Operations : 0,
                i => cellsAfter[i] / Bands),
            covered / total,
            hours.Count,
            hours.Count(hour => Enumerable.Range(hour * Bands, Bands).Any(Common)));
    }

    private static TimeSpan Span(IReadOnlyList<LatencyInterval> intervals) => intervals[^1].EndedAt - intervals[0].EndedAt;

    /// <summary>Fifths of the load before, by intervals.</summary>
    private static double[] BandLimits(IReadOnlyList<LatencyInterval> before)
    {
        var sorted = before.Select(Iops).Order().ToArray();
        return [.. Enumerable.Range(1, Bands - 1).Select(k => sorted[Math.Min(sorted.Length - 1, sorted.Length * k / Bands)])];
    }

    private static int[] Cells(IReadOnlyList<LatencyInterval> intervals, double[] limits, double most, bool byWeek)
    {
        var cells = new int[intervals.Count];
        for (var i = 0; i < cells.Length; i++)
        {
            var began = intervals[i].EndedAt.AddSeconds(-intervals[i].Seconds);
            var hour = byWeek ? ((int)began.DayOfWeek * 24) + began.Hour : began.Hour;
            // More than twice the highest load of before is no load of before: a cell that the other side never has.
            cells[i] = Iops(intervals[i]) > LatencyJudge.MostLoadRatio * most ? Elsewhere : (hour * Bands) + limits.Count(limit => Iops(intervals[i]) >= limit);
        }

        return cells;
    }

    private static double Iops(LatencyInterval interval) => interval.Operations / interval.Seconds;

    private static (int Count, double Operations)[] Sizes(IReadOnlyList<LatencyInterval> intervals, int[] cells)
    {
        var sizes = new (int Count, double Operations)[Elsewhere + 1];
        for (var i = 0; i < cells.Length; i++)
        {
            sizes[cells[i]] = (sizes[cells[i]].Count + 1, sizes[cells[i]].Operations + intervals[i].Operations);
        }

        return sizes;
    }
}
