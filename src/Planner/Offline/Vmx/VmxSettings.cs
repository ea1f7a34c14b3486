using System.Globalization;

namespace Migrate.Planner.Offline.Vmx;

/// <summary>The settings of a .vmx or .vmsd file. Names are told apart without regard to case, as VMware does.</summary>
internal sealed class VmxSettings(IReadOnlyDictionary<string, string> values)
{
    public IEnumerable<string> Names => values.Keys;

    public string? this[string name] => values.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    public bool Flag(string name, bool otherwise = false) => this[name]?.Trim().ToLowerInvariant() switch
    {
        "true" or "1" or "yes" or "on" => true,
        "false" or "0" or "no" or "off" => false,
        _ => otherwise,
    };

    public bool? FlagOrNull(string name) => this[name] is null ? null : Flag(name);

    /// <summary>Null when it is not there or no number ("unlimited", "off").</summary>
    public long? Number(string name) =>
        long.TryParse(this[name], NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : null;

    public int Int(string name, int otherwise) => Number(name) is { } n and >= int.MinValue and <= int.MaxValue ? (int)n : otherwise;

    /// <summary>"42 3e 94 a9 a1 c7 b3 1d-71 61 76 c7 58 6c 83 0e" as 423e94a9-a1c7-b31d-7161-76c7586c830e; null when it is no UUID.</summary>
    public string? Uuid(string name)
    {
        var digits = string.Concat((this[name] ?? "").Where(char.IsAsciiHexDigit));
        return digits.Length == 32 && Guid.TryParseExact(digits, "N", out var uuid) ? uuid.ToString("D") : null;
    }
}
