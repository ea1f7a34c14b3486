namespace Migrate.Planner.Waves;

/// <summary>When windows are open, in slots.</summary>
internal sealed class WindowCalendar
{
    /// <summary>The windows of a request that names none: always open.</summary>
    public const string Always = "";

    private readonly Dictionary<string, IReadOnlyList<Opening>> _openings = [];
    private readonly SlotClock _clock;

    public WindowCalendar(WaveRequest request, SlotClock clock)
    {
        _clock = clock;
        Default = request.Windows.Count == 0 ? Always : request.Windows[0].Name;
        foreach (var set in request.Windows)
        {
            _openings[set.Name] = Without(request.Blackouts, Merged(Spans(set).Select(x => new Opening(clock.AtOrAfter(x.From), clock.Of(x.To)))));
        }

        if (request.Windows.Count == 0)
        {
            _openings[Always] = Without(request.Blackouts, [new Opening(0, clock.Count)]);
        }
    }

    /// <summary>The windows of VMs that name none.</summary>
    public string Default { get; }

    public IEnumerable<string> Names => _openings.Keys;

    /// <summary>In the order of time, apart from each other.</summary>
    public IReadOnlyList<Opening> Openings(string name) => _openings[name];

    public bool Knows(string name) => _openings.ContainsKey(name);

    private IEnumerable<(DateTime From, DateTime To)> Spans(WindowSet set)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(set.TimeZone);
        var end = _clock.TimeOf(_clock.Count);
        foreach (var single in set.Single)
        {
            yield return (single.From, single.To);
        }

        // From the longest opening before the first day on; in another zone it is another day.
        for (var day = DateOnly.FromDateTime(_clock.Start).AddDays(-9); day <= DateOnly.FromDateTime(end).AddDays(1); day = day.AddDays(1))
        {
            foreach (var window in set.Weekly.Where(x => x.Day == day.DayOfWeek))
            {
                var wall = day.ToDateTime(window.From);
                yield return (ToUtc(wall, zone), ToUtc(wall.AddMinutes(window.Minutes), zone));
            }
        }
    }

    /// <summary>An hour that the clock leaves out in spring is the one after it.</summary>
    private static DateTime ToUtc(DateTime wall, TimeZoneInfo zone)
    {
        while (zone.IsInvalidTime(wall))
        {
            wall = wall.AddMinutes(30);
        }

        return TimeZoneInfo.ConvertTimeToUtc(wall, zone);
    }

    private List<Opening> Without(IReadOnlyList<Blackout> blackouts, List<Opening> openings)
    {
        foreach (var blackout in blackouts)
        {
            var (from, to) = (_clock.Of(blackout.From), _clock.AtOrAfter(blackout.To));
            openings = [.. openings.SelectMany(x => new[] { x with { To = Math.Min(x.To, from) }, x with { From = Math.Max(x.From, to) } }).Where(x => x.To > x.From)];
        }

        return openings;
    }

    private static List<Opening> Merged(IEnumerable<Opening> openings)
    {
        List<Opening> merged = [];
        foreach (var next in openings.Where(x => x.To > x.From).OrderBy(x => x.From))
        {
            if (merged.Count > 0 && next.From <= merged[^1].To)
            {
                merged[^1] = merged[^1] with { To = Math.Max(merged[^1].To, next.To) };
            }
            else
            {
                merged.Add(next);
            }
        }

        return merged;
    }
}

/// <param name="From">Slot.</param>
/// <param name="To">The slot behind the last one.</param>
internal readonly record struct Opening(int From, int To);
