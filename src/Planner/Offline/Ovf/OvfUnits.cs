using System.Globalization;
using System.Text.RegularExpressions;

namespace Migrate.Planner.Offline.Ovf;

/// <summary>Units as OVF writes them: "byte * 2^30", and in older packages "GigaBytes", "MB" and the like.</summary>
internal static partial class OvfUnits
{
    /// <summary>Bytes of a number of units; null when the unit is unknown, the number none, or the product beyond what a disk can have.</summary>
    public static long? Bytes(string? number, string? unit, long otherwise)
    {
        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var count))
        {
            return null;
        }

        var factor = string.IsNullOrWhiteSpace(unit) ? otherwise : Factor(unit.Trim());
        return factor is { } f && count <= long.MaxValue / f ? (long)(count * f) : null;
    }

    private static long? Factor(string unit)
    {
        if (Programmatic().Match(unit) is { Success: true } m)
        {
            var multiplier = m.Groups["factor"].Success ? long.Parse(m.Groups["factor"].ValueSpan, CultureInfo.InvariantCulture) : 1;
            var power = m.Groups["power"].Success ? int.Parse(m.Groups["power"].ValueSpan, CultureInfo.InvariantCulture) : 0;
            var number = m.Groups["base"].Value is "10" ? Math.Pow(10, power) : Math.Pow(2, power);
            return number * multiplier is >= 1 and <= 1L << 50 ? (long)number * multiplier : null;
        }

        return unit.ToLowerInvariant() switch
        {
            "byte" or "bytes" or "b" => 1,
            "kb" or "kilobyte" or "kilobytes" => 1L << 10,
            "mb" or "megabyte" or "megabytes" => 1L << 20,
            "gb" or "gigabyte" or "gigabytes" => 1L << 30,
            "tb" or "terabyte" or "terabytes" => 1L << 40,
            _ => null,
        };
    }

    [GeneratedRegex("""^bytes?(\s*\*\s*(?<factor>\d{1,9}))?\s*\*\s*(?<base>2|10)\s*\^\s*(?<power>\d{1,2})$""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Programmatic();
}
