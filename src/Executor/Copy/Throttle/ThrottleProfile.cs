using Migrate.Planner;

namespace Migrate.Executor.Copy.Throttle;

/// <summary>What all copies together may take; null where there is no limit, zero where nothing may be taken.</summary>
/// <param name="BytesPerSecond">Of reads at the source.</param>
/// <param name="Iops">Reads per second.</param>
public readonly record struct ThrottleLimits(long? BytesPerSecond, int? Iops)
{
    /// <summary>Mean latency of the datastore's own I/O over which copies back off; null for never.</summary>
    public TimeSpan? LatencyBound { get; init; }

    public static ThrottleLimits None => default;

    public bool IsClosed => BytesPerSecond == 0 || Iops == 0;
}

/// <summary>Other limits at certain hours: from one time of day until before another, over midnight when that is the smaller one.</summary>
/// <param name="Days">On which it begins; empty for every day.</param>
/// <param name="From">Local time of this machine.</param>
/// <param name="Until">The same as From for the whole day.</param>
/// <param name="Limits">What counts then.</param>
public sealed record ThrottleWindow(IReadOnlyCollection<DayOfWeek> Days, TimeOnly From, TimeOnly Until, ThrottleLimits Limits)
{
    internal bool Contains(DateTime local)
    {
        var time = TimeOnly.FromDateTime(local);
        var (today, yesterday) = (BeginsOn(local.DayOfWeek), BeginsOn(local.AddDays(-1).DayOfWeek));
        return From < Until ? today && time >= From && time < Until : (today && time >= From) || (yesterday && time < Until);
    }

    private bool BeginsOn(DayOfWeek day) => Days.Count == 0 || Days.Contains(day);
}

/// <summary>Limits by time of day: those of the first window that the time is in, else the usual ones.</summary>
public sealed record ThrottleProfile(ThrottleLimits Usual, IReadOnlyList<ThrottleWindow> Windows)
{
    public static ThrottleProfile Unlimited { get; } = new(ThrottleLimits.None, []);

    public ThrottleLimits At(DateTimeOffset local)
    {
        foreach (var window in Windows)
        {
            if (window.Contains(local.DateTime))
            {
                return window.Limits;
            }
        }
        return Usual;
    }

    /// <summary>The next moment from <paramref name="local"/> on, in local time, at which it opens or closes; null when it never does.</summary>
    internal DateTime? NextChange(DateTime local)
    {
        var closed = At(new DateTimeOffset(local, TimeSpan.Zero)).IsClosed;
        var borders = Windows.SelectMany(w => new[] { w.From, w.Until, TimeOnly.MinValue }).Distinct().ToList();
        // A week has every combination of a day and an hour.
        return Enumerable.Range(0, 9).SelectMany(day => borders.Select(time => local.Date.AddDays(day) + time.ToTimeSpan())).Where(x => x > local).Order()
            .Select(x => (DateTime?)x).FirstOrDefault(x => At(new DateTimeOffset(x!.Value, TimeSpan.Zero)).IsClosed != closed);
    }

    /// <summary>The longest time of any week for which all of these are open without a break; null when they always are.</summary>
    internal static TimeSpan? LongestOpen(IReadOnlyList<ThrottleProfile> all)
    {
        var borders = all.SelectMany(p => p.Windows).SelectMany(w => new[] { w.From, w.Until }).Append(TimeOnly.MinValue).Distinct().Order().ToList();
        // Of two weeks: what is open over the end of the first one is a whole stretch, too.
        var points = Enumerable.Range(0, 15).SelectMany(day => borders.Select(time => new DateTime(2024, 1, 1).AddDays(day) + time.ToTimeSpan()));
        var (longest, isEverClosed) = (TimeSpan.Zero, false);
        DateTime? since = null;
        foreach (var point in points)
        {
            if (all.All(p => !p.At(new DateTimeOffset(point, TimeSpan.Zero)).IsClosed))
            {
                since ??= point;
                continue;
            }
            longest = since is { } began && point - began > longest ? point - began : longest;
            (since, isEverClosed) = (null, true);
        }
        return isEverClosed ? longest : null;
    }

    /// <exception cref="MigrateException">copy.limit-invalid, with all that is wrong.</exception>
    public void Check(ThrottleKey key)
    {
        var problems = new List<string>();
        foreach (var (what, limits) in Windows.Select((w, i) => ($"window {i + 1}", w.Limits)).Prepend(("the usual limit", Usual)))
        {
            if (limits.BytesPerSecond < 0)
            {
                problems.Add($"{what} has {limits.BytesPerSecond} bytes per second");
            }
            if (limits.Iops < 0)
            {
                problems.Add($"{what} has {limits.Iops} reads per second");
            }
            if (limits.LatencyBound <= TimeSpan.Zero)
            {
                problems.Add($"{what} has a latency that nothing meets");
            }
            if (limits.LatencyBound is not null && key.Scope == ThrottleScope.Link)
            {
                problems.Add($"{what} has a latency, which only hosts and datastores have");
            }
        }
        if (Usual.IsClosed && Windows.All(w => w.Limits.IsClosed))
        {
            problems.Add("it never lets anything through");
        }
        if (problems.Count > 0)
        {
            throw new MigrateException("copy.limit-invalid", $"The limit of {key} cannot be used: {string.Join("; ", problems)}.",
                "Give limits of 0 (nothing) or more and leave at least some hours open; pause a copy to stop it.");
        }
    }
}
