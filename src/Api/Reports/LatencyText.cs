using System.Globalization;
using Migrate.Executor.Validation.Latency;

namespace Migrate.Api.Reports;

/// <summary>What was observed of latency, in words.</summary>
internal static class LatencyText
{
    public static string Of(Band band) => $"{Text.Microseconds(band.Us)} ({Text.Microseconds(band.FromUs)} – {Text.Microseconds(band.ToUs)})";

    /// <summary>Two digits of what is left to 0 or to 100 %, so that a tail does not vanish.</summary>
    public static string Percent(double share)
    {
        var percent = 100 * share;
        var decimals = percent is 0 or 100 ? 0 : percent is < 1 or > 99 ? 2 : percent is < 10 or > 90 ? 1 : 0;
        return percent is > 0 and < 0.01 ? "< 0.01 %" : percent.ToString($"F{decimals}", CultureInfo.InvariantCulture) + " %";
    }

    public static string Conditions(string side, LatencySide x) => x.Intervals == 0
        ? $"{side}: nothing was observed."
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{side}: {x.Intervals:#,0} intervals with I/O, {x.UsedIntervals:#,0} of them with enough, {x.From:yyyy-MM-dd HH:mm} to {x.To:yyyy-MM-dd HH:mm} UTC, {x.Operations:#,0} I/Os{(x.BytesPerOperation is { } size ? $" of {size / 1024:0.#} KiB" : "")} at {x.Iops:#,0} IOPS{(x.Bins.Count > 0 ? $", histogram of {x.Bins.Sum(b => b.Count):#,0} single I/Os ({x.Origin}{(x is { CountedFrom: { } from, CountedTo: { } to } ? $", counted {from:yyyy-MM-dd HH:mm} to {to:yyyy-MM-dd HH:mm} UTC" : "")})" : "")}.");
}
