using System.Globalization;

namespace Migrate.Api;

/// <summary>Sizes, rates and times as people read them; the same in the command line and in reports.</summary>
internal static class Text
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

    public static string Bytes(double bytes)
    {
        var unit = 0;
        while (Math.Abs(bytes) >= 1024 && unit < Units.Length - 1)
        {
            bytes /= 1024;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{bytes:0.#} {Units[unit]}");
    }

    /// <summary>A number with its noun: "1 VM", "2 VMs".</summary>
    public static string Count(long number, string one, string? many = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{number} {(number == 1 ? one : many ?? one + "s")}");

    public static string Rate(double bytesPerSecond) => Bytes(bytesPerSecond) + "/s";

    /// <summary>How far something of known length is: share, sizes, rate, and how long it takes on like this.</summary>
    public static string Progress(long done, long total, double bytesPerSecond) => string.Create(
        CultureInfo.InvariantCulture,
        $"{100.0 * done / total:0} % ({Bytes(done)} of {Bytes(total)}), {Rate(bytesPerSecond)}, ETA {(bytesPerSecond > 0 ? Duration(TimeSpan.FromSeconds((total - done) / bytesPerSecond)) : "unknown")}");

    public static string Duration(TimeSpan time) => time switch
    {
        { TotalHours: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours} h {time.Minutes:00} min"),
        { TotalMinutes: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.Minutes} min {time.Seconds:00} s"),
        { TotalSeconds: >= 10 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s"),
    };

    public static string Time(DateTime? at) => at?.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture) ?? "";

    public static string Microseconds(double? us) => us switch
    {
        null => "–",
        >= 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{us / 1_000_000:0.##} s"),
        >= 1000 => string.Create(CultureInfo.InvariantCulture, $"{us / 1000:0.##} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{us:0} µs"),
    };

    public static string Number(double? value) => value is null ? "–" : value.Value.ToString("#,0.#", CultureInfo.InvariantCulture);
}
