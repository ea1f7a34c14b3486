using Migrate.Executor.Conversion;
using Migrate.Executor.Runs.Gates;
using Migrate.Executor.Runs.Steps;
using Migrate.Executor.Sources;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs.Warm;

/// <summary>The part of a warm cutover before its domain: the guest goes down, and what it wrote since the last pass is copied.</summary>
public sealed class WarmCutover(SourceAccess sources, WarmPasses passes, SourceAtRest atRest, SourceShutdown shutdown, WarmForecast forecasts, GuestConversion conversion, RunDomains domains, CutoverGates gates, TimeProvider time)
{
    /// <summary>
    /// CuttingOver when the source is off and everything that it wrote is at the destination and read back. Done once, whoever calls again. A source that was
    /// started meanwhile throws (<see cref="SourceAtRest"/>), and the next call begins again. Ready when its guest was not asked to shut down and the run is not
    /// let through any more (a gate has closed, or a word was taken back), as may be where hours lie between an attempt and the next: it waits there again, and its passes go on.
    /// </summary>
    public async Task<RunPhase> FinishAsync(RunWork work, CancellationToken cancellationToken)
    {
        if (work.Run.LastPassAt is not null)
        {
            return RunPhase.CuttingOver;
        }

        if (!DowntimeClock.IsRunning(work) && !await IsLetThroughAsync(work, cancellationToken))
        {
            return RunPhase.Ready;
        }

        await using var session = new SourceSession(await sources.OpenAsync(work.Source, cancellationToken));
        var vm = await SourceVm.ReadAsPlannedAsync(session, work, cancellationToken);
        if (work.Run.SourceAtRest is not null)
        {
            await atRest.MustHaveHeldStillAsync(session, vm, work, cancellationToken); // Since an earlier attempt, of which something may be copied.
        }
        else
        {
            await passes.ReleaseAsync(work, "The last pass follows.", cancellationToken);
            if (await ShutDownAsync(session, vm, work, cancellationToken) is { } late)
            {
                if (!DowntimeClock.IsRunning(work))
                {
                    return RunPhase.Ready;
                }

                work.Next = late;
                return RunPhase.CuttingOver;
            }

            await SourceAtRest.NoteAsync(session, work, cancellationToken);
        }

        await passes.MakeAsync(work, isLast: true, cancellationToken);
        await atRest.MustHaveHeldStillAsync(session, await SourceVm.ReadAsPlannedAsync(session, work, cancellationToken), work, cancellationToken);
        await work.UpdateAsync(set => set.SetProperty(x => x.LastPassAt, time.GetUtcNow().UtcDateTime), cancellationToken);
        return RunPhase.CuttingOver;
    }

    private async Task<bool> IsLetThroughAsync(RunWork work, CancellationToken cancellationToken) =>
        WarmSchedule.Next(work.Run, work.Policy.Warm, lastPassAt: null, time.GetUtcNow().UtcDateTime).Phase == RunPhase.CuttingOver && await gates.HoldAsync(work, cancellationToken) is null;

    /// <returns>Null: it is off.</returns>
    private async Task<Due?> ShutDownAsync(SourceSession session, Vm vm, RunWork work, CancellationToken cancellationToken)
    {
        if (vm.PowerState == SourceVm.PoweredOff)
        {
            return null;
        }

        // While the service is still up: what would stop the last pass must not be found out in the downtime.
        await passes.VerifyAsync(work, cancellationToken);
        await MustBeFreeAsync(work, cancellationToken);
        // The host may have changed since the run was prepared, and the plan's mappings, too.
        await domains.CheckAsync(work, vm, cancellationToken);
        await conversion.LookAheadAsync(work, cancellationToken);
        var forecast = await forecasts.OfRunAsync(work.Run.Id, cancellationToken);
        return await shutdown.RunAsync(session.RequireServer(), vm, work, work.Policy.Warm.PowerOffAfterTimeout, forecast?.DowntimeSeconds, cancellationToken);
    }

    private async Task MustBeFreeAsync(RunWork work, CancellationToken cancellationToken)
    {
        if (await passes.CheckAsync(work, cancellationToken) is { Count: > 0 } problems)
        {
            throw new MigrateException(
                "source.cbt-preconditions",
                $"The last pass of '{work.Run.VmName}' could not be made: {string.Join("; ", problems)}. Its guest was not shut down.",
                "Remove what stands against it (wait for a backup to end, consolidate the disks), then retry the run.");
        }
    }
}
