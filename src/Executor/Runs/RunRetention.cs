using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs;

/// <summary>For how long the particulars of runs that are over are kept.</summary>
/// <param name="Kept">Counted from the end of a run.</param>
public sealed record RunRetentionOptions(TimeSpan Kept)
{
    /// <summary>Two years: longer than anybody asks why a wave went as it did.</summary>
    public static readonly RunRetentionOptions Default = new(TimeSpan.FromDays(104 * 7));

    /// <summary>A month: what is observed and reported of a wave takes weeks.</summary>
    public static readonly TimeSpan Least = TimeSpan.FromDays(4 * 7);
}

/// <summary>
/// Deletes what grew while a run went on and nobody asks for years after: its log and the intervals in which its domain's storage was observed. The run stays, with its
/// disks, hashes, passes, downtime and verdict: that is the proof of the move, and what keeps a VM from being moved twice. Of a plan the newest check stays,
/// messages to people go a month after they were delivered or given up, and operations a month after their end. Some runs at a time, so that no transaction is long.
/// </summary>
public sealed class RunRetention(IDbContextFactory<MigrateDb> databases, RunRetentionOptions options, TimeProvider time)
{
    private const int RunsAtOnce = 50;

    /// <summary>Far beyond what may still be told: whether something was told already is known by these rows.</summary>
    private static readonly TimeSpan MessagesKept = TimeSpan.FromDays(30);

    /// <summary>What they came to is where it belongs: versions, checks, facts, and the log of a run whose disks were compared. Who asked for them is in the audit log.</summary>
    private static readonly TimeSpan OperationsKept = TimeSpan.FromDays(30);

    /// <summary>Returns of how many runs something was deleted.</summary>
    public async Task<int> PruneAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var before = now - options.Kept;
        var pruned = 0;
        while (true)
        {
            await using var db = await databases.CreateDbContextAsync(cancellationToken);
            var runs = await db.Runs
                .Where(x => RunPhases.Final.Contains(x.Phase) && x.FinishedAt < before && x.PrunedAt == null)
                .OrderBy(x => x.Id).Take(RunsAtOnce).Select(x => x.Id).ToListAsync(cancellationToken);
            if (runs.Count == 0)
            {
                break;
            }

            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            // One that is rolled back meanwhile is not over any more, and keeps what it has.
            await db.Runs.Where(x => runs.Contains(x.Id) && RunPhases.Final.Contains(x.Phase) && x.FinishedAt < before).ExecuteUpdateAsync(set => set.SetProperty(x => x.PrunedAt, now), cancellationToken);
            var over = db.Runs.Where(x => runs.Contains(x.Id) && x.PrunedAt == now);
            await db.ObservationBlocks.Where(x => over.Any(run => run.Id == x.RunId)).ExecuteDeleteAsync(cancellationToken);
            await db.RunEvents.Where(x => over.Any(run => run.Id == x.RunId)).ExecuteDeleteAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            pruned += runs.Count;
        }

        await using var last = await databases.CreateDbContextAsync(cancellationToken);
        await last.PlanChecks.Where(x => x.FinishedAt < before && last.PlanChecks.Any(newer => newer.PlanId == x.PlanId && newer.StartedAt > x.StartedAt)).ExecuteDeleteAsync(cancellationToken);
        await last.Notifications.Where(x => x.DueAt == null && x.Receiver != "" && x.CreatedAt < now - MessagesKept).ExecuteDeleteAsync(cancellationToken);
        await last.Operations.Where(x => x.FinishedAt < now - OperationsKept).ExecuteDeleteAsync(cancellationToken);
        return pruned;
    }
}
