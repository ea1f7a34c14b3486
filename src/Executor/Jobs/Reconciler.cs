using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Migrate.Executor.Runs;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Jobs;

/// <summary>
/// Finds runs that are due and that nobody works on, at start and then again and again: whatever a killed process, a lost job
/// or a restored database left out is asked for again.
/// </summary>
public sealed partial class Reconciler(
    IDbContextFactory<MigrateDb> databases, IJobEngine jobs, ExecutorOptions options, TimeProvider time, ILogger<Reconciler> log) : BackgroundService
{
    /// <summary>How many runs were asked for.</summary>
    public async Task<int> ReconcileAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var due = await db.Runs
            .Where(x => RunPhases.Working.Contains(x.Phase) || x.Request != null)
            .Where(x => x.DueAt != null && x.DueAt <= now)
            .Where(x => x.LeaseOwner == null || x.LeaseExpiresAt == null || x.LeaseExpiresAt < now)
            .OrderBy(x => x.DueAt)
            .Select(x => new { x.Id, x.Phase, x.Request })
            .ToListAsync(cancellationToken);
        foreach (var run in due)
        {
            await jobs.ScheduleAsync(run.Id, RunPhases.QueueOf(run.Phase, run.Request), time.GetUtcNow(), cancellationToken);
        }

        if (due.Count > 0)
        {
            LogReconciled(log, due.Count);
        }

        return due.Count;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(options.ReconcileEvery, time);
        do
        {
            try
            {
                await ReconcileAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogReconcilingFailed(log, e); // The next round may find the database again.
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
