namespace Migrate.Planner.Baselines.Histograms;

/// <summary>When a histogram's I/Os were counted: what it says holds for the hours that it saw, and for no others.</summary>
/// <param name="From">UTC.</param>
/// <param name="To">UTC, later.</param>
public sealed record CountedSpan(DateTime From, DateTime To)
{
    /// <summary>vscsiStats stops by itself after half an hour; who starts it again and again reads it after some days, not months.</summary>
    private static readonly TimeSpan Most = TimeSpan.FromDays(31);
    private static readonly TimeSpan Least = TimeSpan.FromMinutes(1);

    /// <summary>By this much the clock of who imports may be ahead of ours.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    public double Seconds => (To - From).TotalSeconds;

    /// <summary>Whether a moment of any day lies at a time of day that was counted.</summary>
    public bool HasTimeOfDay(DateTime at) => To - From >= TimeSpan.FromDays(1) || SinceMidnight(at - From) < To - From;

    /// <summary>The span that was named, or null if none was.</summary>
    /// <exception cref="MigrateException">baseline.span-wrong.</exception>
    internal static CountedSpan? Of(DateTime? from, DateTime? to, DateTime now) => (Utc(from), Utc(to)) switch
    {
        (null, null) => null,
        ({ } begin, { } end) when end - begin >= Least && end - begin <= Most && end <= now + ClockSkew => new CountedSpan(begin, end),
        ({ } begin, { } end) => throw new MigrateException(
            "baseline.span-wrong",
            $"The histogram is said to be counted from {begin:yyyy-MM-dd HH:mm:ss} to {end:yyyy-MM-dd HH:mm:ss} UTC; it is now {now:yyyy-MM-dd HH:mm:ss} UTC.",
            "Give the time of vscsiStats -s, and that of printing or half an hour after the last -s if that was earlier, by UTC: at least a minute and at most 31 days between them, and none of them to come."),
        _ => throw new MigrateException(
            "baseline.span-wrong", "Of the time in which the histogram was counted only one end is given.", "Give both --from and --to: the time of vscsiStats -s, and that of printing or half an hour after the last -s if that was earlier."),
    };

    /// <summary>A time without a zone is UTC, as all times of the API are.</summary>
    private static DateTime? Utc(DateTime? time) => time is { Kind: DateTimeKind.Unspecified } bare ? DateTime.SpecifyKind(bare, DateTimeKind.Utc) : time?.ToUniversalTime();

    private static TimeSpan SinceMidnight(TimeSpan time) => TimeSpan.FromTicks(((time.Ticks % TimeSpan.TicksPerDay) + TimeSpan.TicksPerDay) % TimeSpan.TicksPerDay);
}
