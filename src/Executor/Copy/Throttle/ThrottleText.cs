using System.Globalization;
using System.Text.RegularExpressions;
using Migrate.Planner;

namespace Migrate.Executor.Copy.Throttle;

/// <summary>
/// Limits as an operator writes them: <c>SCOPE:NAME=LIMIT[,LIMIT][@HH:MM-HH:MM]</c>, with SCOPE host, datastore or link and a LIMIT like
/// 200MiB (each second), 300iops or 20ms (the datastore's latency at which copies back off); with hours it counts only then. NAME may be *.
/// </summary>
public static partial class ThrottleText
{
    /// <exception cref="MigrateException">copy.limit-invalid, with everything that is wrong.</exception>
    public static IReadOnlyDictionary<ThrottleKey, ThrottleProfile> Parse(IEnumerable<string> texts)
    {
        var profiles = new Dictionary<ThrottleKey, ThrottleProfile>();
        var problems = new List<string>();
        foreach (var text in texts)
        {
            try
            {
                Add(profiles, text);
            }
            catch (FormatException e)
            {
                problems.Add($"'{text}': {e.Message}");
            }
        }
        foreach (var (key, profile) in profiles)
        {
            try
            {
                profile.Check(key);
            }
            catch (MigrateException e)
            {
                problems.Add(e.Message.TrimEnd('.'));
            }
        }
        return problems.Count == 0 ? profiles : throw new MigrateException("copy.limit-invalid", $"Limits of copies cannot be used: {string.Join("; ", problems)}.",
            "Write each as host:vc1.example=200MiB, datastore:ds1=300iops, datastore:*=20ms or link:10.0.4.2=50MiB@08:00-18:00.");
    }

    /// <summary>SCOPE:NAME alone.</summary>
    /// <exception cref="MigrateException">copy.limit-invalid</exception>
    public static ThrottleKey ParseKey(string text) => Parse([$"{text}=1iops"]).Keys.Single();

    /// <summary>SCOPE:NAME as the text begins with.</summary>
    public static string Of(ThrottleKey key) => $"{NameOf(key.Scope)}:{key.Name}";

    /// <summary>What stands after the equals sign, one for all hours and one for each window; <see cref="Parse"/> reads them back.</summary>
    public static IReadOnlyList<string> Of(ThrottleProfile profile) =>
    [
        .. profile.Usual == ThrottleLimits.None ? [] : new[] { Of(profile.Usual) },
        .. profile.Windows.Select(x => $"{Of(x.Limits)}@{x.From:HH:mm}-{x.Until:HH:mm}"),
    ];

    /// <summary>e.g. 200MiB,300iops.</summary>
    public static string Of(ThrottleLimits limits)
    {
        List<string> parts = [];
        if (limits.BytesPerSecond is { } bytes)
        {
            parts.Add(bytes % (1L << 30) == 0 && bytes > 0 ? $"{bytes >> 30}GiB" : bytes % (1L << 20) == 0 ? $"{bytes >> 20}MiB" : $"{(bytes / 1024.0).ToString("0.###", CultureInfo.InvariantCulture)}KiB");
        }

        if (limits.Iops is { } iops)
        {
            parts.Add($"{iops}iops");
        }

        if (limits.LatencyBound is { } bound)
        {
            parts.Add($"{bound.TotalMilliseconds.ToString("0.###", CultureInfo.InvariantCulture)}ms");
        }

        return parts.Count == 0 ? "unlimited" : string.Join(',', parts);
    }

    private static string NameOf(ThrottleScope scope) => scope switch
    {
        ThrottleScope.SourceHost => "host",
        ThrottleScope.Datastore => "datastore",
        _ => "link",
    };

    private static void Add(Dictionary<ThrottleKey, ThrottleProfile> profiles, string text)
    {
        var match = Whole().Match(text);
        if (!match.Success)
        {
            throw new FormatException("it is not SCOPE:NAME=LIMIT[,LIMIT][@HH:MM-HH:MM]");
        }
        var scope = match.Groups["scope"].Value.ToUpperInvariant() switch
        {
            "HOST" => ThrottleScope.SourceHost,
            "DATASTORE" => ThrottleScope.Datastore,
            "LINK" => ThrottleScope.Link,
            _ => throw new FormatException("what is limited is a host, a datastore or a link"),
        };
        var key = new ThrottleKey(scope, match.Groups["name"].Value);
        var limits = LimitsOf(match.Groups["limits"].Value);
        var profile = profiles.GetValueOrDefault(key) ?? ThrottleProfile.Unlimited;
        if (match.Groups["from"].Success)
        {
            var window = new ThrottleWindow([], TimeOf(match.Groups["from"].Value), TimeOf(match.Groups["until"].Value), limits);
            profiles[key] = profile with { Windows = [.. profile.Windows, window] };
        }
        else
        {
            profiles[key] = profile.Usual == ThrottleLimits.None ? profile with { Usual = limits } : throw new FormatException($"{key} has a limit for all hours already");
        }
    }

    private static ThrottleLimits LimitsOf(string text)
    {
        var limits = ThrottleLimits.None;
        foreach (var part in text.Split(','))
        {
            var match = Part().Match(part);
            if (!match.Success || !double.TryParse(match.Groups["value"].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value))
            {
                throw new FormatException($"'{part}' is no limit like 200MiB, 300iops or 20ms");
            }
            var unit = match.Groups["unit"].Value.ToUpperInvariant();
            limits = unit == "IOPS" ? limits with { Iops = (int)Math.Min(value, int.MaxValue) }
                : unit == "MS" ? limits with { LatencyBound = TimeSpan.FromMilliseconds(Math.Min(value, 1e9)) }
                : limits with { BytesPerSecond = (long)Math.Min(value * (1L << (unit switch { "KIB" => 10, "MIB" => 20, _ => 30 })), long.MaxValue / 2) };
        }
        return limits;
    }

    private static TimeOnly TimeOf(string text) => TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
        ? time
        : throw new FormatException($"'{text}' is no time of day");

    [GeneratedRegex("^(?<scope>[a-z]+):(?<name>.+)=(?<limits>[^@=]+)(@(?<from>[0-9:]+)-(?<until>[0-9:]+))?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Whole();

    [GeneratedRegex("^(?<value>[0-9]+([.][0-9]+)?)(?<unit>KiB|MiB|GiB|iops|ms)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Part();
}
