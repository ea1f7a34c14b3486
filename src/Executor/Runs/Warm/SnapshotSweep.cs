using System.Collections.Concurrent;
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
    private static readonly TrackingPhase?[] Unfinished = [TrackingPhase.Enabling, TrackingPhase.Freezing, TrackingPhase.Frozen, TrackingPhase.Thawing, TrackingPhase.Restoring];
    private static readonly TrackingPhase?[] Untouched = [TrackingPhase.Untouched, TrackingPhase.Ended];

    // Removing a snapshot is the source's work, for hours perhaps; others of the same source do not wait for it.
    private const int AtOnceOfASource = 4;
    private readonly ConcurrentDictionary<Guid, Task<int>> _sources = new();

    /// <summary>How many runs were looked after. What a source refuses is tried again in the next round.</summary>
    public async Task<int> SweepAsync(CancellationToken cancellationToken) => (await Task.WhenAll(await BeginAsync(cancellationToken))).Sum();

    /// <summary>Begins at each source that has something, unless an earlier round is still at it: a source that does not answer holds up only itself.</summary>
    private async Task<List<Task<int>>> BeginAsync(CancellationToken cancellationToken)
    {
        List<Task<int>> begun = [];
        foreach (var source in await FindAsync(cancellationToken))
        {
            if (!_sources.TryGetValue(source.Key, out var earlier) || earlier.IsCompleted)
            {
                _sources[source.Key] = Task.Run(() => SweepAsync([.. source], cancellationToken), CancellationToken.None);
            }

            begun.Add(_sources[source.Key]);
        }

        return begun;
    }

    private async Task<int> SweepAsync(IReadOnlyList<Guid> runs, CancellationToken cancellationToken)
    {
        var swept = 0;
        try
        {
            await Parallel.ForEachAsync(runs, new ParallelOptions { MaxDegreeOfParallelism = AtOnceOfASource, CancellationToken = cancellationToken }, async (runId, ct) =>
            {
                if (await SweepAsync(runId, ct))
                {
                    Interlocked.Increment(ref swept);
                }
            });
        }
        catch (OperationCanceledException)
        {
            // The process ends; the next one goes on.
        }
        catch (Exception e)
        {
            LogSweepFailed(log, e); // The next round may find the database again.
        }

        return swept;
    }

    private async Task<bool> SweepAsync(Guid runId, CancellationToken cancellationToken)
    {
        await using var lease = await leases.TryTakeAsync(runId, cancellationToken);
        if (lease is null)
        {
            return false; // Somebody works on it.
        }

        var work = await RunWork.LoadAsync(databases, runLog, lease, cancellationToken);
        try
        {
            return await CleanAsync(work, cancellationToken);
        }
        catch (Exception e) when (e is not (OperationCanceledException or LeaseLostException))
        {
            LogFailed(log, runId, work.Run.VmName, e);
            return false;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(options.ReconcileEvery, time);
        do
        {
            try
            {
                await BeginAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogSweepFailed(log, e); // The next round may find the database again.
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).AsTask().ContinueWith(x => x.IsCompletedSuccessfully && x.Result, TaskScheduler.Default));
        await Task.WhenAll(_sources.Values); // They give back their leases.
    }

    /// <summary>Runs by their sources.</summary>
    private async Task<ILookup<Guid, Guid>> FindAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var found = await db.Runs
            .Where(x => x.TrackingPhase != null && x.Request == null && (x.LeaseOwner == null || x.LeaseExpiresAt < now))
            .Where(x => ((x.Phase == RunPhase.Failed || x.Phase == RunPhase.Paused) && Unfinished.Contains(x.TrackingPhase))
                || (RunPhases.Final.Contains(x.Phase) && !Untouched.Contains(x.TrackingPhase)))
            .OrderBy(x => x.Id).Join(db.Plans, x => x.PlanId, x => x.Id, (run, plan) => new { run.Id, plan.SourceId }).ToListAsync(cancellationToken);
        return found.ToLookup(x => x.SourceId, x => x.Id);
    }

    private async Task<bool> CleanAsync(RunWork work, CancellationToken cancellationToken)
    {
        var state = WarmVm.StateOf(work);
        if (RunPhases.IsFinal(work.Run.Phase) || state.Phase == TrackingPhase.Restoring)
        {
            // Also of a roll-back, or an end, that failed half-way: it was putting the VM back as it was.
            await passes.RestoreAsync(work, "The run is over.", cancellationToken);
            return true;
        }

        if (work.Run.Phase is not (RunPhase.Failed or RunPhase.Paused) || !WarmPasses.HoldsSnapshot(state))
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
