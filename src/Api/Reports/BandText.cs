using Migrate.Api.Runs;

namespace Migrate.Api.Reports;

/// <summary>Seconds that are not known exactly: what is likely, and between what it lies.</summary>
internal static class BandText
{
    public static string Of(BandView? band) => band is null ? "–" : band.Low == band.High ? Seconds(band.Likely) : $"{Seconds(band.Likely)} ({Seconds(band.Low)} – {Seconds(band.High)})";

    public static string Seconds(double? seconds) => seconds is { } value ? Text.Duration(TimeSpan.FromSeconds(value)) : "–";
}
