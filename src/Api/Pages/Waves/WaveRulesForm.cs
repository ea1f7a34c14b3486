using System.Globalization;
using System.Text.RegularExpressions;
using Migrate.Api.Problems;
using Migrate.Planner.Waves;

namespace Migrate.Api.Pages.Waves;

/// <summary>Rules of waves as fields of a form, and back. What a line of it says that was there before stays what it was, also where a line cannot say all of it.</summary>
internal static partial class WaveRulesForm
{
    /// <summary>A field, and what it is called.</summary>
    public static readonly IReadOnlyList<(string Name, string Label)> Fields =
    [
        ("start", "Nothing before (UTC)"), ("days", "Over within days"), ("cutovers", "Cutovers at once"), ("copies", "Copies at once"), ("operators", "People who look after cutovers"),
        ("attention", "Minutes for each VM"), ("overcommit", "vCPUs for each processor"), ("rate", "Expected rates times"), ("seed", "Seed"), ("windows", "VMs may be off"), ("blackouts", "Nothing happens"),
        ("groups", "Applications"), ("groupBy", "Groups of the others by"), ("vms", "Single VMs"), ("limits", "What copies get"), ("keep", "What the newest version says stays"), ("replan", "But these are planned anew"),
    ];

    private static readonly char[] Newlines = ['\r', '\n'];

    public static IReadOnlyDictionary<string, string> Of(WaveRules rules) => new Dictionary<string, string>
    {
        ["start"] = rules.Start is { } start ? Time(start) : "",
        ["days"] = Number(rules.Days),
        ["cutovers"] = Number(rules.CutoversAtOnce),
        ["copies"] = Number(rules.CopiesAtOnce),
        ["operators"] = Number(rules.Operators),
        ["attention"] = Number(rules.AttentionMinutes),
        ["overcommit"] = Number(rules.CpuOvercommit),
        ["rate"] = rules.RateFactor is { } factor ? Number(factor) : "",
        ["seed"] = Number(rules.Seed),
        ["windows"] = string.Join('\n', rules.Windows.Select(Line)),
        ["blackouts"] = string.Join('\n', rules.Blackouts.Select(Line)),
        ["groups"] = string.Join('\n', rules.Groups.Select(Line)),
        ["groupBy"] = string.Join(", ", rules.GroupBy),
        ["vms"] = string.Join('\n', rules.Vms.Select(Line)),
        ["limits"] = string.Join('\n', rules.Limits),
        ["keep"] = rules.Keep ? "yes" : "",
        ["replan"] = string.Join(", ", rules.Replan),
    };

    /// <summary>Fields that say something else by the one than by the other.</summary>
    public static IEnumerable<(string Label, string Before, string After)> Differences(WaveRules before, WaveRules after)
    {
        var (then, now) = (Of(before), Of(after));
        return Fields.Where(x => then[x.Name] != now[x.Name]).Select(x => (x.Label, then[x.Name], now[x.Name]));
    }

    /// <summary>With all of them, whoever found them.</summary>
    public static InvalidRequestException Refused(List<string> problems) => new("wave.form-invalid", $"Nothing was planned: {Text.Count(problems.Count, "problem")}.", problems);

    /// <param name="sent">A field as it was sent.</param>
    /// <param name="known">The rules whose lines the form showed.</param>
    /// <param name="problems">What cannot be read.</param>
    public static WaveRules Read(Func<string, string> sent, WaveRules known, List<string> problems)
    {
        var usual = new WaveRules();
        return usual with
        {
            Start = When(sent("start"), text => problems.Add($"start: '{text}' is no time like 2026-03-01T02:00")),
            Days = Whole("days", usual.Days),
            CutoversAtOnce = Whole("cutovers", usual.CutoversAtOnce),
            CopiesAtOnce = Whole("copies", usual.CopiesAtOnce),
            Operators = Whole("operators", usual.Operators),
            AttentionMinutes = Whole("attention", usual.AttentionMinutes),
            CpuOvercommit = Share("overcommit") ?? usual.CpuOvercommit,
            RateFactor = Share("rate"),
            Seed = Whole("seed", usual.Seed),
            Windows = Lines(known.Windows, Line, Window, "windows", "nights, Europe/Lisbon: Mon-Fri 22:00-04:00; Sat 08:00 36h"),
            Blackouts = Lines(known.Blackouts, Line, OneBlackout, "blackouts", "2026-03-30T00:00/2026-04-02T00:00 end of quarter | no copies"),
            Groups = Lines(known.Groups, Line, Group, "groups", "erp: erp-db* > erp-app*, erp-web* | after directory | windows nights"),
            GroupBy = Words("groupBy"),
            Vms = Lines(known.Vms, Line, OneVm, "vms", "test-*: windows nights | not before 2026-03-09T00:00 | changes 1048576"),
            Limits = [.. sent("limits").Split(Newlines, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)],
            Keep = sent("keep") == "yes",
            Replan = Words("replan"),
        };

        int Whole(string name, int otherwise)
        {
            if (sent(name) is not { Length: > 0 } text)
            {
                return otherwise;
            }

            if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            {
                problems.Add($"{name}: '{text}' is no whole number");
                return otherwise;
            }

            return number;
        }

        double? Share(string name)
        {
            if (sent(name) is not { Length: > 0 } text)
            {
                return null;
            }

            if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || !double.IsFinite(number))
            {
                problems.Add($"{name}: '{text}' is no number like 1.5");
                return null;
            }

            return number;
        }

        List<string> Words(string name) => [.. List(sent(name))];

        List<T> Lines<T>(IReadOnlyList<T> before, Func<T, string> line, Func<string, T?> read, string name, string like)
            where T : class
        {
            var kept = before.DistinctBy(x => line(x).Trim()).ToDictionary(x => line(x).Trim());
            List<T> all = [];
            foreach (var text in sent(name).Split(Newlines, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                if ((kept.GetValueOrDefault(text) ?? read(text)) is { } rule)
                {
                    all.Add(rule);
                }
                else
                {
                    problems.Add($"{name}: '{text}' is no line like '{like}'");
                }
            }

            return all;
        }
    }

    private static string Line(WindowRule rule) => $"{rule.Name}, {rule.TimeZone}: {string.Join("; ", rule.Opens)}";

    private static WindowRule? Window(string line) => WindowLine().Match(line) is not { Success: true } match ? null
        : new WindowRule(match.Groups["name"].Value.Trim(), match.Groups["opens"].Value.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries), match.Groups["zone"].Value.Trim() is { Length: > 0 } zone ? zone : "UTC");

    private static string Line(Blackout blackout) => $"{Time(blackout.From)}/{Time(blackout.To)} {blackout.Reason}{(blackout.Copies ? " | no copies" : "")}";

    private static Blackout? OneBlackout(string line)
    {
        var (text, options) = Options(line);
        return BlackoutLine().Match(text) is { Success: true } match && When(match.Groups["from"].Value) is { } from && When(match.Groups["to"].Value) is { } to && options is [] or ["no copies"]
            ? new Blackout(from, to, match.Groups["reason"].Value, options.Count > 0) : null;
    }

    private static string Line(GroupRule rule) =>
        $"{rule.Name}: {string.Join(" > ", rule.Tiers.Select(x => string.Join(", ", x)))}{(rule.After is { Count: > 0 } after ? $" | after {string.Join(", ", after)}" : "")}{(rule.Windows is { } windows ? $" | windows {windows}" : "")}";

    private static GroupRule? Group(string line)
    {
        var (text, options) = Options(line);
        if (text.Split(':', 2, StringSplitOptions.TrimEntries) is not [{ Length: > 0 } name, { Length: > 0 } tiers])
        {
            return null;
        }

        var rule = new GroupRule(name, [.. tiers.Split('>').Select(x => List(x))]);
        foreach (var option in options)
        {
            switch (option.Split(' ', 2, StringSplitOptions.TrimEntries))
            {
                case ["after", var after]:
                    rule = rule with { After = List(after) };
                    break;
                case ["windows", var windows]:
                    rule = rule with { Windows = windows };
                    break;
                default:
                    return null;
            }
        }

        return rule;
    }

    private static string Line(VmRule rule) => $"{rule.Vm}: " + string.Join(" | ", ((string?[])
        [rule.Windows is { } windows ? $"windows {windows}" : null, rule.NotBefore is { } before ? $"not before {Time(before)}" : null, rule.ChangeBytesPerSecond is { } changes ? $"changes {Number(changes)}" : null]).OfType<string>());

    private static VmRule? OneVm(string line)
    {
        var colon = line.LastIndexOf(": ", StringComparison.Ordinal);
        if (colon < 1)
        {
            return null;
        }

        var rule = new VmRule(line[..colon].Trim());
        foreach (var option in line[(colon + 2)..].Split('|', StringSplitOptions.TrimEntries))
        {
            switch (option.Split(' ', 2, StringSplitOptions.TrimEntries))
            {
                case ["windows", var windows]:
                    rule = rule with { Windows = windows };
                    break;
                case ["not", var text] when text.StartsWith("before ", StringComparison.Ordinal) && When(text["before ".Length..]) is { } before:
                    rule = rule with { NotBefore = before };
                    break;
                case ["changes", var text] when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var changes) && changes is >= 0 and < double.PositiveInfinity:
                    rule = rule with { ChangeBytesPerSecond = changes };
                    break;
                default:
                    return null;
            }
        }

        return rule;
    }

    private static (string Text, IReadOnlyList<string> Options) Options(string line)
    {
        var parts = line.Split('|', StringSplitOptions.TrimEntries);
        return (parts[0], parts[1..]);
    }

    private static string[] List(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static string Number(double number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Time(DateTime time) => (time.Kind == DateTimeKind.Unspecified ? time : time.ToUniversalTime()).ToString("yyyy-MM-ddTHH:mm", CultureInfo.InvariantCulture);

    private static DateTime? When(string text, Action<string>? problem = null)
    {
        if (text.Length == 0)
        {
            return null;
        }

        if (DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
        {
            return time;
        }

        problem?.Invoke(text);
        return null;
    }

    [GeneratedRegex("^(?<name>[^,:]+)(?:,(?<zone>[^,:]+))?:(?<opens>.+)$")]
    private static partial Regex WindowLine();

    [GeneratedRegex(@"^(?<from>[^\s/]+)/(?<to>[^\s/]+)(?:\s+(?<reason>.*))?$")]
    private static partial Regex BlackoutLine();
}
