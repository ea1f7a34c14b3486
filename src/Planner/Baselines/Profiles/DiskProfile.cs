using Migrate.Planner.Baselines.Series;

namespace Migrate.Planner.Baselines.Profiles;

/// <summary>In which unit latency was measured. Milliseconds say nothing about storage that answers in less than one.</summary>
public enum LatencyUnit
{
    None,
    Microseconds,
    Milliseconds,
    /// <summary>Microseconds in a part of the time only.</summary>
    Mixed,
}

/// <summary>How a disk behaves over the week.</summary>
/// <param name="From">The first sample.</param>
/// <param name="To">The last sample.</param>
/// <param name="Hours">168 slots, Monday 00:00 UTC first; a slot without samples has <see cref="LoadFigures.Samples"/> 0.</param>
public sealed record DiskProfile(
    string Instance, int DiskKey, DateTime? From, DateTime? To, LatencyUnit ReadLatency, LatencyUnit WriteLatency, LoadFigures Whole, IReadOnlyList<LoadFigures> Hours)
{
    public const int HoursOfTheWeek = 168;

    /// <summary>How long each sample's interval is: every figure is of means of such intervals, never of single I/Os.</summary>
    public int IntervalSeconds { get; init; } = SampleSeries.IntervalSeconds;

    /// <summary>How often passes of warm runs measured what changed; 0: every change rate is a write rate.</summary>
    public int MeasuredChanges { get; init; }

    /// <param name="changes">Of this disk.</param>
    public static DiskProfile Of(
        string instance, int diskKey, SampleSeries series, int intervalSeconds = SampleSeries.IntervalSeconds, IReadOnlyList<MeasuredChange>? changes = null)
    {
        var slots = Enumerable.Range(0, HoursOfTheWeek).Select(_ => new List<int>()).ToArray();
        for (var i = 0; i < series.Count; i++)
        {
            slots[SlotOf(series.At(i).AddSeconds(-intervalSeconds))].Add(i); // A sample's time is the end of its interval.
        }

        return new DiskProfile(
            instance, diskKey, series.Count == 0 ? null : series.At(0), series.Count == 0 ? null : series.At(series.Count - 1),
            UnitOf(series, DiskCounter.ReadLatencyUs, DiskCounter.ReadLatencyMs), UnitOf(series, DiskCounter.WriteLatencyUs, DiskCounter.WriteLatencyMs),
            ChangeRates.OfWhole(ProfileMath.Of(series, [.. Enumerable.Range(0, series.Count)]), changes ?? []),
            ChangeRates.OfHours([.. slots.Select(slot => ProfileMath.Of(series, slot))], changes ?? []))
        {
            IntervalSeconds = intervalSeconds,
            MeasuredChanges = changes?.Count ?? 0,
        };
    }

    /// <summary>0 is Monday 00:00 to 01:00 UTC.</summary>
    public static int SlotOf(DateTime time) => ((((int)time.DayOfWeek + 6) % 7) * 24) + time.Hour;

    private static LatencyUnit UnitOf(SampleSeries series, DiskCounter us, DiskCounter ms)
    {
        var (micro, milli) = (0, 0);
        for (var i = 0; i < series.Count; i++)
        {
            if (series[us, i] >= 0)
            {
                micro++;
            }
            else if (series[ms, i] >= 0)
            {
                milli++;
            }
        }

        return (micro, milli) switch
        {
            (0, 0) => LatencyUnit.None,
            (_, 0) => LatencyUnit.Microseconds,
            (0, _) => LatencyUnit.Milliseconds,
            _ => LatencyUnit.Mixed,
        };
    }
}
