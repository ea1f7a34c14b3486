using System.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.Planner.Plans;

/// <summary>
/// Removes plans. One whose runs are not over stays, and so does one with a completed run: that run owns its VM, whose domain works on the disks that
/// it copied, and can still be rolled back by its plan. Runs that were rolled back go with their plan.
/// </summary>
public sealed partial class PlanRemoval(IDbContextFactory<MigrateDb> databases, ILogger<PlanRemoval> log)
{
    private const int RunsNamed = 5;
    private static readonly TrackingPhase?[] Untouched = [null, TrackingPhase.Untouched, TrackingPhase.Ended];

    /// <param name="nameOrId">The plan's.</param>
    /// <param name="by">Who wants it, for the log.</param>
    /// <param name="cancellationToken">Before it is done.</param>
    /// <exception cref="MigrateException">plan.unknown; plan.in-use with the runs that stand against it.</exception>
    public async Task RemoveAsync(string nameOrId, string by, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        // Serializable: a wave that starts meanwhile must find no plan, or this must find its runs.
        await using var transaction = await db.Database.BeginTransactionAsync(IsolationLevel.Serializable, cancellationToken);
        var id = Guid.TryParse(nameOrId, out var given) ? given : Guid.Empty;
        var plan = await db.Plans.AsNoTracking().SingleOrDefaultAsync(x => x.Name == nameOrId, cancellationToken)
            ?? await db.Plans.AsNoTracking().SingleOrDefaultAsync(x => x.Id == id, cancellationToken)
            ?? throw new MigrateException("plan.unknown", $"There is no plan named '{nameOrId}'.", "See 'migrate plan list'.");
        var runs = db.Runs.Where(x => x.PlanId == plan.Id);
        var holding = runs.Where(x => x.Phase != RunPhase.RolledBack || x.LeaseOwner != null || !Untouched.Contains(x.TrackingPhase));
        var count = await holding.CountAsync(cancellationToken);
        if (count > 0)
        {
            var some = await holding.OrderBy(x => x.VmName).Take(RunsNamed).Select(x => new { x.VmName, x.Phase }).ToListAsync(cancellationToken);
            throw new MigrateException(
                "plan.in-use",
                $"The plan '{plan.Name}' has {(count == 1 ? "a run that is" : $"{count} runs that are")} not rolled back: {string.Join(", ", some.Select(x => $"'{x.VmName}' is {x.Phase}"))}{(count > some.Count ? ", …" : "")}.",
                "Roll these runs back, or keep the plan: a completed run owns its VM, and its plan says how it was moved.");
        }

        var (vms, over) = (await db.PlanVms.CountAsync(x => x.PlanId == plan.Id, cancellationToken), await runs.CountAsync(cancellationToken));
        await db.RunEvents.Where(x => runs.Any(run => run.Id == x.RunId)).ExecuteDeleteAsync(cancellationToken);
        await db.ObservationBlocks.Where(x => runs.Any(run => run.Id == x.RunId)).ExecuteDeleteAsync(cancellationToken);
        await db.StorageObservations.Where(x => runs.Any(run => run.Id == x.RunId)).ExecuteDeleteAsync(cancellationToken);
        await db.RunPassDisks.Where(x => db.RunPasses.Any(pass => pass.Id == x.PassId && runs.Any(run => run.Id == pass.RunId))).ExecuteDeleteAsync(cancellationToken);
        await db.RunPasses.Where(x => runs.Any(run => run.Id == x.RunId)).ExecuteDeleteAsync(cancellationToken);
        await db.JournalSegments.Where(x => db.RunDisks.Any(disk => disk.Id == x.RunDiskId && runs.Any(run => run.Id == disk.RunId))).ExecuteDeleteAsync(cancellationToken);
        await db.Journals.Where(x => runs.Any(run => run.Id == x.RunId)).ExecuteDeleteAsync(cancellationToken);
        await db.RunDisks.Where(x => runs.Any(run => run.Id == x.RunId)).ExecuteDeleteAsync(cancellationToken);
        await runs.ExecuteDeleteAsync(cancellationToken);
        await db.ConcernOverrides.Where(x => x.PlanId == plan.Id).ExecuteDeleteAsync(cancellationToken);
        await db.WaveMoves.Where(x => db.WaveVersions.Any(version => version.Id == x.VersionId && version.PlanId == plan.Id)).ExecuteDeleteAsync(cancellationToken);
        await db.WaveVersions.Where(x => x.PlanId == plan.Id).ExecuteDeleteAsync(cancellationToken);
        await db.PlanChecks.Where(x => x.PlanId == plan.Id).ExecuteDeleteAsync(cancellationToken);
        await db.PlanVms.Where(x => x.PlanId == plan.Id).ExecuteDeleteAsync(cancellationToken);
        await db.Plans.Where(x => x.Id == plan.Id).ExecuteDeleteAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        LogRemoved(log, plan.Name, plan.Id, vms, over, by);
    }

    [LoggerMessage(485, LogLevel.Information, "Plan {Plan} ({PlanId}) with {Vms} VMs and {Runs} runs that were rolled back was removed by {By}")]
    private static partial void LogRemoved(ILogger logger, string plan, Guid planId, int vms, int runs, string by);
}
