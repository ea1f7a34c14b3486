using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Waves;
using Migrate.Planner;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs.Gates;

/// <summary>What a run's cutover waits for, from the database.</summary>
public sealed class CutoverGates(IDbContextFactory<MigrateDb> databases, PlanChecks checks, TimeProvider time)
{
    // What another check, an acceptance or another VM's run opens is looked at again so often.
    private static readonly TimeSpan LookAgain = TimeSpan.FromMinutes(1);

    /// <param name="runId">Its id.</param>
    /// <param name="at">When it is to be cut over, UTC; null: now.</param>
    /// <param name="isForced">Goes on although it is not Ready, outside of windows, and before what it comes after.</param>
    /// <param name="cancellationToken">Ends the look.</param>
    /// <exception cref="MigrateException">run.unknown.</exception>
    public async Task<IReadOnlyList<CutoverGate>> OfRunAsync(Guid runId, DateTime? at, bool isForced, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var run = await db.Runs.AsNoTracking().SingleOrDefaultAsync(x => x.Id == runId, cancellationToken)
            ?? throw new MigrateException("run.unknown", $"There is no run {runId}.", "List the runs and use one of their ids.");
        var vm = await db.PlanVms.AsNoTracking().SingleAsync(x => x.Id == run.PlanVmId, cancellationToken);
        var policy = PlannerJson.Read(await db.Plans.Where(x => x.Id == run.PlanId).Select(x => x.Policy).SingleAsync(cancellationToken), PlannerJson.Default.PlanPolicy).AtTimesOf(vm);
        if (vm is { Mode: MigrationMode.Cold, CutOverAt: not null } && run.Phase is RunPhase.Ready or RunPhase.CuttingOver)
        {
            policy = policy with { CutOverWindows = [] }; // It went down in its time, or was off before: waiting would only keep it off.
        }

        var check = await checks.LatestAsync(run.PlanId, cancellationToken);
        return GateJudge.Judge(new GateFacts
        {
            Run = run,
            Policy = policy,
            IsWarm = vm.Mode == MigrationMode.Warm,
            FoundSince = check?.StartedAt > run.CreatedAt ? [.. PlanChecks.Of(PlanChecks.Findings(check), run.VmKey)] : [],
            Overrides = await db.ConcernOverrides.AsNoTracking().Where(x => x.PlanId == run.PlanId && x.VmKey == run.VmKey).ToListAsync(cancellationToken),
            EarlierVerdicts = VerdictHolds.For(await VerdictHolds.OfPlanAsync(db, run.PlanId, cancellationToken), run.Wave, run.VmKey),
            WaitsFor = await MoveOrder.WaitsForAsync(db, vm, cancellationToken),
            At = at ?? time.GetUtcNow().UtcDateTime,
            IsForced = isForced || run.CutOverForced,
        });
    }

    public async Task<bool> IsColdAsync(Guid runId, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        return await db.PlanVms.AnyAsync(vm => vm.Mode == MigrationMode.Cold && db.Runs.Any(run => run.Id == runId && run.PlanVmId == vm.Id && run.TrackingPhase == null), cancellationToken);
    }

    /// <summary>Null: the cutover may begin. Else when to look again, and the log says what holds it; null in there: when somebody says something.</summary>
    public async Task<Due?> HoldAsync(RunWork work, CancellationToken cancellationToken)
    {
        var closed = (await OfRunAsync(work.Run.Id, null, false, cancellationToken)).Where(x => x.IsClosed).ToList();
        if (closed.Count == 0)
        {
            return null;
        }

        await SayOnceAsync(work, $"Waits before its cutover: {Lines(closed)}", cancellationToken);
        var now = time.GetUtcNow().UtcDateTime;
        var opening = closed.Any(x => x.Id == CutoverGate.Window) ? GateJudge.NextOpening(work.Policy, now) : null;
        // A guest that was asked to shut down before may be off by then: its copy is all that is missing.
        var isPolled = DowntimeClock.IsRunning(work) || closed.Any(x => x.Id is CutoverGate.Checks or CutoverGate.Verdicts or CutoverGate.Order);
        return Due.Later(isPolled && (opening is null || opening > now + LookAgain) ? now + LookAgain : opening);
    }

    /// <summary>Null: a run that was started may begin. Else when to look again, since a verdict of an earlier wave failed.</summary>
    public async Task<Due?> HoldBeginAsync(RunWork work, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var holding = VerdictHolds.For(await VerdictHolds.OfPlanAsync(db, work.Plan.Id, cancellationToken), work.Run.Wave, work.Run.VmKey).Where(x => x.Holds).ToList();
        if (holding.Count == 0)
        {
            return null;
        }

        await SayOnceAsync(work, $"Waits before it begins: {string.Join(" ", holding.Select(x => $"{x.Line} {x.Remedy}"))}", cancellationToken);
        return Due.Later(time.GetUtcNow().UtcDateTime + LookAgain);
    }

    private async Task SayOnceAsync(RunWork work, string message, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        if (await db.RunEvents.Where(x => x.RunId == work.Run.Id).OrderByDescending(x => x.Id).Select(x => x.Message).FirstOrDefaultAsync(cancellationToken) != message)
        {
            await work.LogAsync(RunLog.Info, message, cancellationToken);
        }
    }

    public static string Lines(IEnumerable<CutoverGate> gates) => string.Join(" ", gates.Select(x => $"{x.Id}: {x.Statement}"));
}
