using System.Text.Json;
using Migrate.Executor.Runs;
using Migrate.Planner.Convergence;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Runs;

/// <summary>The outage of a guest that its run shut down.</summary>
/// <param name="StartedAt">When it was asked to shut down (UTC).</param>
/// <param name="EndedAt">When it was seen to serve again: its console showed the expected text, or, where none is expected, its domain was started; after a roll-back, when its source was on. Null while it lasts.</param>
/// <param name="Seconds">Its length, so far.</param>
/// <param name="Forecast">What was forecast for it just before it began; null where nothing told, and for runs that copy cold.</param>
/// <param name="Parts">What it was spent on; they add up to it.</param>
public sealed record DowntimeView(DateTime StartedAt, DateTime? EndedAt, double Seconds, BandView? Forecast, IReadOnlyList<DowntimePart> Parts)
{
    internal static DowntimeView? Of(Run run, DateTime now)
    {
        if (run.DowntimeStartedAt is not { } start)
        {
            return null;
        }

        var end = run.DowntimeEndedAt ?? now;
        var seconds = (end - start).TotalSeconds;
        Band? forecast = run.DowntimeForecast is { } band ? JsonSerializer.Deserialize(band, RunsJson.Default.Band) : null;
        return new DowntimeView(
            start, run.DowntimeEndedAt, seconds, BandView.Of(forecast),
            [.. DowntimeClock.PartsOf(run.Downtime, end).Select(x => new DowntimePart(x.Part, x.Seconds, seconds > 0 ? x.Seconds / seconds : 0))]);
    }
}

/// <summary>A part of an outage.</summary>
/// <param name="Part">shutting down, copying, handing over, converting, starting, booting or rolling back.</param>
/// <param name="Seconds">How long it took, all attempts together.</param>
/// <param name="Share">Of the whole, 0 to 1.</param>
public sealed record DowntimePart(string Part, double Seconds, double Share);
