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
    IDbContextFactory<MigrateDb> databases, IJobEngine jobs, LeaseStore leases, ExecutorOptions options, TimeProvider time, ILogger<Reconciler> log) : BackgroundService
{
    /// <summary>How many runs were asked for.</summary>
    public async Task<int> ReconcileAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var due = await db.Runs
            .Where(x => RunPhases.Working.Contains(x.Phase) || x.Request != null)
            .Where(x => x.DueAt != null && x.DueAt <= now)
            .OrderBy(x => x.DueAt)
            .Select(x => new { x.Id, x.Phase, x.Request, x.LeaseOwner, x.LeaseExpiresAt })
            .ToListAsync(cancellationToken);
        var asked = 0;
        foreach (var run in due.Where(x => !leases.HoldsHere(x.Id)))
        {
            // A lease of a process that was killed looks alive until it expires: come back then, not a round later.
            var at = run.LeaseOwner is null || run.LeaseExpiresAt is null ? now : run.LeaseExpiresAt.Value.AddSeconds(1);
            await jobs.ScheduleAsync(run.Id, RunPhases.QueueOf(run.Phase, run.Request), new DateTimeOffset(at, TimeSpan.Zero), cancellationToken);
            asked++;
        }

        if (asked > 0)
        {
            LogReconciled(log, asked);
        }

        return asked;
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
