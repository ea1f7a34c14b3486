using System.Globalization;
using System.Text.RegularExpressions;

namespace Migrate.Planner.Waves;

/// <summary>Openings of windows as an operator writes them: see <see cref="WindowRule"/>.</summary>
public static partial class WindowText
{
    private static readonly string[] Days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    /// <summary>The windows of a rule; what cannot be read is told as problems.</summary>
    public static WindowSet Parse(WindowRule rule, List<string> problems)
    {
        List<WeeklyWindow> weekly = [];
        List<SingleWindow> single = [];
        var zone = TimeZoneInfo.TryFindSystemTimeZoneById(rule.TimeZone, out var found) ? found : TimeZoneInfo.Utc;
        foreach (var text in rule.Opens)
        {
            if (Weekly().Match(text) is { Success: true } match && DaysOf(match) is { Count: > 0 } days && TimeOf(match.Groups["from"].Value) is { } from && MinutesOf(match, from) is > 0 and var minutes)
            {
                weekly.AddRange(days.Select(x => new WeeklyWindow(x, from, minutes)));
            }
            else if (text.Split('/') is [var begin, var end] && MomentOf(begin, zone) is { } opens && MomentOf(end, zone) is { } closes && closes > opens)
            {
                single.Add(new SingleWindow(opens, closes));
            }
            else
            {
                problems.Add($"window '{rule.Name}': '{text}' is no opening like 'Sat 22:00-06:00', 'Mon-Fri 23:00-05:00', 'daily 22:00-04:00', 'Sat 08:00 36h' or '2026-12-24 18:00/2026-12-26 06:00'");
            }
        }

        return new WindowSet(rule.Name, rule.TimeZone, weekly, single);
    }

    private static List<DayOfWeek> DaysOf(Match match)
    {
        if (match.Groups["daily"].Success)
        {
            return [.. Enum.GetValues<DayOfWeek>()];
        }

        var first = Array.IndexOf(Days, match.Groups["first"].Value.ToUpperInvariant());
        var last = match.Groups["last"].Success ? Array.IndexOf(Days, match.Groups["last"].Value.ToUpperInvariant()) : first;
        return first < 0 || last < 0 ? [] : [.. Enumerable.Range(0, ((last - first + 7) % 7) + 1).Select(x => (DayOfWeek)((first + x) % 7))];
    }

    private static int MinutesOf(Match match, TimeOnly from)
    {
        if (match.Groups["hours"].Success)
        {
            return int.TryParse(match.Groups["hours"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var hours) && hours <= 168 ? hours * 60 : 0;
        }

        // The same time again is a whole day later.
        return TimeOf(match.Groups["until"].Value) is { } until ? (int)(until - from).TotalMinutes is > 0 and var minutes ? minutes : 1440 : 0;
    }

    private static TimeOnly? TimeOf(string text) => TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : null;

    private static DateTime? MomentOf(string text, TimeZoneInfo zone) =>
        DateTime.TryParseExact(text.Trim(), "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var wall) && !zone.IsInvalidTime(wall)
            ? TimeZoneInfo.ConvertTimeToUtc(wall, zone) : null;

    [GeneratedRegex("^((?<daily>daily)|(?<first>[a-z]{3})(-(?<last>[a-z]{3}))?) (?<from>[0-9:]+)(-(?<until>[0-9:]+)| (?<hours>[0-9]{1,3})h)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Weekly();
}
