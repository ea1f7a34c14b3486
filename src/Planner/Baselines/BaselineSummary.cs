namespace Migrate.Planner.Baselines;

/// <summary>
/// A baseline in the few figures that a report shows. The formulas are in docs/baselines.md; all are pure functions of the
/// samples, so that page, report and command line agree.
/// </summary>
public sealed record BaselineSummary
{
    public required IReadOnlyList<DiskBaselineSummary> Disks { get; init; }

    /// <summary>First to last sample of any disk, with the last one's 20 s; zero without samples.</summary>
    public required TimeSpan Window { get; init; }

    public static BaselineSummary Of(Baseline baseline)
    {
        List<DateTime> times = [.. baseline.Disks.SelectMany(disk => disk.Samples).Select(sample => sample.At)];
        TimeSpan window = times.Count == 0 ? TimeSpan.Zero : times.Max() - times.Min() + DiskBaselineSummary.Interval;
        return new BaselineSummary { Window = window, Disks = [.. baseline.Disks.Select(disk => DiskBaselineSummary.Of(disk, window))] };
    }
}
