using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Migrate.Executor.Runs;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Jobs;

/// <summary>What a round of the reconciler did.</summary>
/// <param name="Asked">Runs that were due without a worker and without a job, and have one now.</param>
/// <param name="Removed">Jobs that waited for runs which want none.</param>
public readonly record struct Reconciliation(int Asked, int Removed);

/// <summary>
/// Brings the job engine in line with our tables, at start and then again and again: whatever a killed process, a lost job
/// or a restored database left out is asked for again, and a job for a run that wants none is taken back. A round reads ids, page by
/// page, and writes only what differs, so that ten thousand runs waiting for two workers cost nothing but reading.
/// </summary>
public sealed partial class Reconciler(
    IDbContextFactory<MigrateDb> databases, IJobEngine jobs, LeaseStore leases, ExecutorOptions options, TimeProvider time, ILogger<Reconciler> log) : BackgroundService
{
    private const int PageSize = 500;

    /// <summary>
    /// A database that was away is often back soon, and until a round has seen it nobody goes on with what died with it. Rounds are never closer
    /// together than this either, so that a step that ends without a word each time is not begun again without a pause.
    /// </summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(3);

    /// <summary>A step is due now or later, or an operator asked for something.</summary>
    private static readonly Expression<Func<Run, bool>> WantsJob =
        x => (RunPhases.Working.Contains(x.Phase) || x.Request != null) && x.DueAt != null;

    /// <summary>When the engine and our tables answered a round last (UTC), or this object was made.</summary>
    public DateTimeOffset LastRoundAt { get; private set; } = time.GetUtcNow();

    public async Task<Reconciliation> ReconcileAsync(CancellationToken cancellationToken)
    {
        // The engine before our tables: whoever changes a run writes the row first and asks then, so a job that is seen here has its row there.
        HashSet<Guid> waiting = [];
        await foreach (var runId in jobs.WaitingAsync(cancellationToken))
        {
            waiting.Add(runId);
        }

        var asked = await AskForDueAsync(waiting, cancellationToken);
        var removed = await RemoveOrphansAsync(waiting, cancellationToken);
        if (asked + removed > 0)
        {
            LogReconciled(log, asked, removed);
        }

        LastRoundAt = time.GetUtcNow();
        return new Reconciliation(asked, removed);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (true)
        {
            var wait = options.ReconcileEvery;
            try
            {
                await ReconcileAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogReconcilingFailed(log, e);
                wait = wait < Shortest ? wait : Shortest;
            }

            await WaitAsync(wait, stoppingToken);
        }
    }

    /// <summary>Until the next round is due, or a step of this process ended without a word of what comes next.</summary>
    private async Task WaitAsync(TimeSpan interval, CancellationToken stoppingToken)
    {
        var atLeast = interval < Shortest ? interval : Shortest;
        await Task.Delay(atLeast, time, stoppingToken);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        await Task.WhenAny(Task.Delay(interval - atLeast, time, over.Token), leases.LeftBehindAsync(over.Token));
        await over.CancelAsync();
        stoppingToken.ThrowIfCancellationRequested();
    }

    /// <summary>Takes those that are due out of <paramref name="waiting"/>; what remains there is due later, or an orphan.</summary>
    private async Task<int> AskForDueAsync(HashSet<Guid> waiting, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var asked = 0;
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        for (var skip = 0; ; skip += PageSize)
        {
            var due = await db.Runs.Where(WantsJob).Where(x => x.DueAt <= now)
                .OrderBy(x => x.Id).Skip(skip).Take(PageSize)
                .Select(x => new { x.Id, x.Phase, x.Request, x.LeaseOwner, x.LeaseExpiresAt })
                .ToListAsync(cancellationToken);
            foreach (var run in due.Where(x => !waiting.Remove(x.Id) && !leases.HoldsHere(x.Id)))
            {
                // A lease of a process that was killed looks alive until it expires: come back then, not a round later.
                var at = run.LeaseOwner is null || run.LeaseExpiresAt is null ? now : run.LeaseExpiresAt.Value.AddSeconds(1);
                await jobs.ScheduleAsync(run.Id, RunPhases.QueueOf(run.Phase, run.Request), new DateTimeOffset(at, TimeSpan.Zero), cancellationToken);
                asked++;
            }

            if (due.Count < PageSize)
            {
                return asked;
            }
        }
    }

    private async Task<int> RemoveOrphansAsync(IEnumerable<Guid> waiting, CancellationToken cancellationToken)
    {
        var removed = 0;
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        foreach (var page in waiting.Chunk(PageSize))
        {
            var wanted = await db.Runs.Where(WantsJob).Where(x => page.Contains(x.Id)).Select(x => x.Id).ToHashSetAsync(cancellationToken);
            foreach (var runId in page.Where(x => !wanted.Contains(x)))
            {
                await jobs.CancelAsync(runId, cancellationToken);
                removed++;
            }
        }

        return removed;
    }
}
