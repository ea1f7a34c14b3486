using System.Globalization;
using Migrate.Api.Runs;

namespace Migrate.Api.Reports;

/// <summary>Seconds that are not known exactly, what is likely and between what it lies; and times of day, for tables.</summary>
internal static class BandText
{
    public static string Of(BandView? band) => band is null ? "–" : band.Low == band.High ? Seconds(band.Likely) : $"{Seconds(band.Likely)} ({Seconds(band.Low)} – {Seconds(band.High)})";

    /// <summary>To the minute, UTC.</summary>
    public static string Minute(DateTime? at) => at?.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) ?? "";

    /// <summary>From one to the other, the day said once where it is the same.</summary>
    public static string Minutes(DateTime from, DateTime to) => $"{Minute(from)} – {(from.Date == to.Date ? to.ToString("HH:mm", CultureInfo.InvariantCulture) : Minute(to))}";

    public static string Seconds(double? seconds) => seconds is { } value ? Text.Duration(TimeSpan.FromSeconds(value)) : "–";
}
