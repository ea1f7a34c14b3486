using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Migrate.Executor.Jobs;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.Executor.Runs.Warm;

/// <summary>
/// Finds what warm runs left at their source, at start and then again and again: a snapshot of a run that failed or paused in the middle of a
/// pass, which would grow until somebody retries it, and change tracking that was switched on for a run which is over.
/// </summary>
public sealed partial class SnapshotSweep(
    IDbContextFactory<MigrateDb> databases, LeaseStore leases, RunLog runLog, WarmPasses passes, ExecutorOptions options, TimeProvider time, ILogger<SnapshotSweep> log)
    : BackgroundService
{
    private static readonly TrackingPhase?[] Unfinished = [TrackingPhase.Enabling, TrackingPhase.Freezing, TrackingPhase.Frozen, TrackingPhase.Thawing];
    private static readonly TrackingPhase?[] Untouched = [TrackingPhase.Untouched, TrackingPhase.Ended];

    /// <summary>How many runs were looked after. What a source refuses is tried again in the next round.</summary>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        var swept = 0;
        foreach (var runId in await FindAsync(cancellationToken))
        {
            await using var lease = await leases.TryTakeAsync(runId, cancellationToken);
            if (lease is null)
            {
                continue; // Somebody works on it.
            }

            var work = await RunWork.LoadAsync(databases, runLog, lease, cancellationToken);
            try
            {
                swept += await CleanAsync(work, cancellationToken) ? 1 : 0;
            }
            catch (Exception e) when (e is not (OperationCanceledException or LeaseLostException))
            {
                LogFailed(log, runId, work.Run.VmName, e);
            }
        }

        return swept;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(options.ReconcileEvery, time);
        do
        {
            try
            {
                await SweepAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogSweepFailed(log, e); // The next round may find the database again.
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<List<Guid>> FindAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        return await db.Runs
            .Where(x => x.TrackingPhase != null && x.Request == null && (x.LeaseOwner == null || x.LeaseExpiresAt < now))
            .Where(x => ((x.Phase == RunPhase.Failed || x.Phase == RunPhase.Paused) && Unfinished.Contains(x.TrackingPhase))
                || (RunPhases.Final.Contains(x.Phase) && !Untouched.Contains(x.TrackingPhase)))
            .OrderBy(x => x.Id).Select(x => x.Id).ToListAsync(cancellationToken);
    }

    private async Task<bool> CleanAsync(RunWork work, CancellationToken cancellationToken)
    {
        if (RunPhases.IsFinal(work.Run.Phase))
        {
            await passes.RestoreAsync(work, "The run is over.", cancellationToken);
            return true;
        }

        if (work.Run.Phase is not (RunPhase.Failed or RunPhase.Paused) || !WarmPasses.HoldsSnapshot(WarmVm.StateOf(work)))
        {
            return false; // It goes on meanwhile, or is in its last pass, which has none.
        }

        await passes.ReleaseAsync(work, $"The run is {work.Run.Phase}.", cancellationToken);
        return true;
    }

    [LoggerMessage(561, LogLevel.Warning, "What run {RunId} left at the source of {Vm} could not be removed; it is tried again")]
    private static partial void LogFailed(ILogger logger, Guid runId, string vm, Exception exception);

    [LoggerMessage(562, LogLevel.Error, "Looking for what warm runs left failed; it is tried again")]
    private static partial void LogSweepFailed(ILogger logger, Exception exception);
}
