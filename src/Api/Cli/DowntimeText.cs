using System.Globalization;
using Migrate.Api.Runs;

namespace Migrate.Api.Cli;

internal static class DowntimeText
{
    public static string Of(RollBackView back) => string.Create(
        CultureInfo.InvariantCulture,
        $"roll-back: {back.Seconds:0.0} s{(back.EndedAt is null ? " so far" : "")}: {string.Join(", ", back.Parts.Select(x => string.Create(CultureInfo.InvariantCulture, $"{x.Part} {x.Seconds:0.0} s")))}");

    public static string Of(DowntimeView downtime)
    {
        var forecast = downtime.Forecast is { } band ? string.Create(CultureInfo.InvariantCulture, $" (forecast: {band.Likely:0} s, {band.Low:0} to {band.High:0})") : "";
        var parts = string.Join(", ", downtime.Parts.Select(x => string.Create(CultureInfo.InvariantCulture, $"{x.Part} {x.Seconds:0.0} s ({x.Share:P0})")));
        return string.Create(CultureInfo.InvariantCulture, $"downtime: {downtime.Seconds:0.0} s{(downtime.EndedAt is null ? " so far" : "")}{forecast}: {parts}");
    }
}
