using System.Globalization;
using Migrate.Executor.Runs.Warm;
using Migrate.Planner;
using Migrate.Planner.Convergence;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs.Steps;

/// <summary>
/// A pass of a warm run, and what its forecast means: Ready when the last one fits the allowed downtime, else the next pass, at once or in its
/// time. A cold source is off since before its first byte was read, so nothing can have changed since and there is no pass.
/// </summary>
public sealed class SyncStep(WarmPasses passes, PassHours hours, WarmForecast forecasts, TimeProvider time) : IRunStep
{
    public RunPhase Phase => RunPhase.Syncing;

    public bool StopsForRequests => true;

    public async Task<RunPhase> RunAsync(RunWork work, CancellationToken cancellationToken)
    {
        if (!work.IsWarm)
        {
            return RunPhase.Ready;
        }

        try
        {
            await passes.MakeAsync(work, isLast: false, cancellationToken);
        }
        catch (MigrateException e) when (OtherSnapshots.IsMeant(e))
        {
            return await OtherSnapshots.WaitAsync(work, e, Now, cancellationToken);
        }
        catch (MigrateException e) when (PassHours.IsMeant(e))
        {
            return await hours.WaitAsync(work, e, cancellationToken);
        }

        await work.UpdateAsync(set => set.SetProperty(x => x.TransientFailures, 0), cancellationToken); // Reads what was asked for meanwhile.
        work.CutOverSeen = work.Run.CutOverAt;
        return await JudgeAsync(work, await forecasts.OfRunAsync(work.Run.Id, cancellationToken), cancellationToken);
    }

    private DateTime Now => time.GetUtcNow().UtcDateTime;

    private async Task<RunPhase> JudgeAsync(RunWork work, ConvergenceForecast? forecast, CancellationToken cancellationToken)
    {
        if (work.Run.CutOverAt is not null)
        {
            return RunPhase.Ready; // Asked for while the pass was made.
        }

        var fits = forecast is { PassesNeeded: 0 };
        await work.UpdateAsync(set => set.SetProperty(x => x.ReadyAt, x => fits ? x.ReadyAt ?? Now : null), cancellationToken);
        if (fits)
        {
            await work.LogAsync(RunLog.Info, $"The last pass would take {Band(forecast!.DowntimeSeconds)} of downtime, and {work.Policy.Warm.AllowedDowntimeSeconds} s are allowed.", cancellationToken);
            return RunPhase.Ready;
        }

        var made = await work.PassesMadeAsync(cancellationToken);
        if (forecast is { Converges: false } || made >= work.Policy.Warm.MostPasses)
        {
            await work.LogAsync(
                RunLog.Warning,
                forecast is { Converges: false }
                    ? $"The passes do not come to fit the allowed downtime. {forecast.Why} {forecast.Remedy}"
                    : $"After {made} passes the last one still does not fit the allowed downtime. Allow a longer one, or cut over at a quieter time.",
                cancellationToken);
            work.Next = Due.Later(work.Policy.Warm.PassIntervalSeconds > 0 ? Now.AddSeconds(work.Policy.Warm.PassIntervalSeconds) : null);
            return RunPhase.Syncing;
        }

        await work.LogAsync(
            RunLog.Info,
            forecast is null
                ? "Nothing tells yet how fast the VM changes: another pass follows."
                : $"{forecast.PassesNeeded} more passes are needed until the last one fits {work.Policy.Warm.AllowedDowntimeSeconds} s of downtime; it would take {Band(forecast.DowntimeSeconds)} then.",
            cancellationToken);
        return RunPhase.Syncing;
    }

    private static string Band(Band seconds) =>
        string.Create(CultureInfo.InvariantCulture, $"{seconds.Likely:0.#} s ({seconds.Low:0.#} to {seconds.High:0.#})");
}
