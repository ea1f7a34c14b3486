using System.Data;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.Planner.Plans;

/// <summary>
/// Removes plans. One whose runs are not over stays, and so does one with a completed run: that run owns its VM, whose domain works on the disks that
/// it copied, and can still be rolled back by its plan. Runs that were rolled back go with their plan.
/// </summary>
public sealed partial class PlanRemoval(IDbContextFactory<MigrateDb> databases, TimeProvider time, ILogger<PlanRemoval> log)
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
        var plan = await PlanMaker.FindPlanAsync(db, nameOrId, cancellationToken);
        var runs = db.Runs.Where(x => x.PlanId == plan.Id);
        var holding = Holding(runs);
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
        await RemoveRunsAsync(db, runs, cancellationToken);
        await db.ConcernOverrides.Where(x => x.PlanId == plan.Id).ExecuteDeleteAsync(cancellationToken);
        await db.WaveMoves.Where(x => db.WaveVersions.Any(version => version.Id == x.VersionId && version.PlanId == plan.Id)).ExecuteDeleteAsync(cancellationToken);
        await db.WaveVersions.Where(x => x.PlanId == plan.Id).ExecuteDeleteAsync(cancellationToken);
        await db.PlanChecks.Where(x => x.PlanId == plan.Id).ExecuteDeleteAsync(cancellationToken);
        await db.PlanVms.Where(x => x.PlanId == plan.Id).ExecuteDeleteAsync(cancellationToken);
        await db.Plans.Where(x => x.Id == plan.Id).ExecuteDeleteAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        LogRemoved(log, plan.Name, plan.Id, vms, over, by);
    }

    /// <summary>
    /// Takes a VM out of a plan, with its runs that were rolled back. One that a run still has stays, and so does one that was moved. Waves that were planned
    /// with it stay as they are, but none of these versions can be approved any more.
    /// </summary>
    /// <param name="nameOrId">The plan's.</param>
    /// <param name="vm">Name or key of one of its VMs.</param>
    /// <param name="by">Who wants it, for the log.</param>
    /// <param name="cancellationToken">Before it is done.</param>
    /// <exception cref="MigrateException">plan.unknown, vm.unknown, vm.ambiguous, plan.vm.in-use, plan.last-vm.</exception>
    public async Task RemoveVmAsync(string nameOrId, string vm, string by, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        // Serializable: a wave that starts meanwhile must not find the VM, or this must find its run.
        await using var transaction = await db.Database.BeginTransactionAsync(IsolationLevel.Serializable, cancellationToken);
        var plan = await PlanMaker.FindPlanAsync(db, nameOrId, cancellationToken);
        var named = await db.PlanVms.Where(x => x.PlanId == plan.Id && (x.VmKey == vm || x.VmName == vm)).Take(2).ToListAsync(cancellationToken);
        var planned = named switch
        {
            [var one] => one,
            [] => throw new MigrateException("vm.unknown", $"The plan '{plan.Name}' has no VM '{vm}'.", $"See 'migrate plan show {plan.Name}'."),
            _ => named.Find(x => x.VmKey == vm) ?? throw new MigrateException("vm.ambiguous", $"The plan '{plan.Name}' has several VMs named '{vm}'.", "Give the VM's key, e.g. vm-42."),
        };
        var runs = db.Runs.Where(x => x.PlanId == plan.Id && x.VmKey == planned.VmKey);
        if (await Holding(runs).Select(x => (RunPhase?)x.Phase).FirstOrDefaultAsync(cancellationToken) is { } phase)
        {
            throw new MigrateException(
                "plan.vm.in-use", $"'{planned.VmName}' stays in the plan '{plan.Name}': {(phase == RunPhase.Completed ? "it was moved by it" : $"its run is {phase}")}.",
                "Roll that run back, or keep the VM: a run goes by its plan to its end, and so does the way back.");
        }

        if (!await db.PlanVms.AnyAsync(x => x.PlanId == plan.Id && x.Id != planned.Id, cancellationToken))
        {
            throw new MigrateException("plan.last-vm", $"'{planned.VmName}' is the only VM of the plan '{plan.Name}'.", $"Remove the plan: migrate plan remove {plan.Name}.");
        }

        var now = time.GetUtcNow().UtcDateTime;
        await RemoveRunsAsync(db, runs, cancellationToken);
        // They stay as a record, and do not hold if the VM comes in again.
        await db.ConcernOverrides.Where(x => x.PlanId == plan.Id && x.VmKey == planned.VmKey && x.LiftedAt == null).ExecuteUpdateAsync(
            set => set.SetProperty(x => x.LiftedAt, now).SetProperty(x => x.LiftedBy, by).SetProperty(x => x.LiftedBecause, "The VM was taken out of the plan."), cancellationToken);
        if (!await db.PlanVms.AnyAsync(x => x.PlanId == plan.Id && x.Id != planned.Id && x.VmName == planned.VmName, cancellationToken))
        {
            var policy = PlannerJson.Read(plan.Policy, PlannerJson.Default.PlanPolicy);
            plan.Policy = JsonSerializer.Serialize(
                policy with { ExpectConsole = Without(policy.ExpectConsole, planned.VmName), Modes = Without(policy.Modes, planned.VmName), Domains = Without(policy.Domains, planned.VmName) },
                PlannerJson.Default.PlanPolicy);
        }

        plan.VmsChangedAt = now;
        db.PlanVms.Remove(planned);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        LogTakenOut(log, planned.VmName, planned.VmKey, plan.Name, plan.Id, by);
    }

    private static Dictionary<string, T> Without<T>(IReadOnlyDictionary<string, T> all, string name) => all.Where(x => x.Key != name).ToDictionary();

    private static IQueryable<Run> Holding(IQueryable<Run> runs) => runs.Where(x => x.Phase != RunPhase.RolledBack || x.LeaseOwner != null || !Untouched.Contains(x.TrackingPhase));

    private static async Task RemoveRunsAsync(MigrateDb db, IQueryable<Run> runs, CancellationToken cancellationToken)
    {
        await db.RunEvents.Where(x => runs.Any(run => run.Id == x.RunId)).ExecuteDeleteAsync(cancellationToken);
        await db.ObservationBlocks.Where(x => runs.Any(run => run.Id == x.RunId)).ExecuteDeleteAsync(cancellationToken);
        await db.StorageObservations.Where(x => runs.Any(run => run.Id == x.RunId)).ExecuteDeleteAsync(cancellationToken);
        await db.RunPassDisks.Where(x => db.RunPasses.Any(pass => pass.Id == x.PassId && runs.Any(run => run.Id == pass.RunId))).ExecuteDeleteAsync(cancellationToken);
        await db.RunPasses.Where(x => runs.Any(run => run.Id == x.RunId)).ExecuteDeleteAsync(cancellationToken);
        await db.JournalSegments.Where(x => db.RunDisks.Any(disk => disk.Id == x.RunDiskId && runs.Any(run => run.Id == disk.RunId))).ExecuteDeleteAsync(cancellationToken);
        await db.Journals.Where(x => runs.Any(run => run.Id == x.RunId)).ExecuteDeleteAsync(cancellationToken);
        await db.RunDisks.Where(x => runs.Any(run => run.Id == x.RunId)).ExecuteDeleteAsync(cancellationToken);
        await runs.ExecuteDeleteAsync(cancellationToken);
    }

    [LoggerMessage(486, LogLevel.Information, "VM {Vm} ({Key}) was taken out of the plan {Plan} ({PlanId}) by {By}")]
    private static partial void LogTakenOut(ILogger logger, string vm, string key, string plan, Guid planId, string by);

    [LoggerMessage(485, LogLevel.Information, "Plan {Plan} ({PlanId}) with {Vms} VMs and {Runs} runs that were rolled back was removed by {By}")]
    private static partial void LogRemoved(ILogger logger, string plan, Guid planId, int vms, int runs, string by);
}
