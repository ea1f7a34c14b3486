using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Runs;
using Migrate.Executor.Runs.Gates;
using Migrate.Executor.Validation;
using Migrate.Planner;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Tests.Runs.Gates;

/// <summary>Runs of a simulated vCenter's VM that a failed verdict of an earlier wave holds.</summary>
[UsesDatabase]
public sealed class VerdictHoldTests
{
    private static readonly WarmPolicy Warm = new() { AllowedDowntimeSeconds = 3600, PassIntervalSeconds = 0, CutOverWhenReady = true, DatastoreFreeShare = 0 };
    private static readonly DateTime Judged = new(2026, 3, 1, 2, 0, 0, DateTimeKind.Utc);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_started_run_does_not_begin_before_somebody_accepts_the_verdict()
    {
        await using var site = await WarmSite.OpenAsync(Warm);
        var failed = await AddJudgedAsync(site, "first", Outcome.Fail);
        await site.StepAsync();

        var held = await site.RunAsync();
        (held.Phase, held.StartedAt, held.DueAt > DateTime.UtcNow).ShouldBe((RunPhase.Planned, null, true), await site.LogAsync());
        (await site.LogAsync()).ShouldContain($"Waits before it begins: first of wave 0 (run {failed}) was judged Fail on 2026-03-01 02:00:00Z: Data: It differs.");

        await site.Get<RunControl>().AcceptVerdictAsync(failed, "restored by its owner", "ann", Cancel);
        await HurryAsync(site);
        await site.StepUntilAsync(RunPhase.Completed);
    }

    [Fact]
    public async Task A_run_that_had_begun_goes_on_and_does_not_cut_over()
    {
        await using var site = await WarmSite.OpenAsync(Warm);
        await site.StepUntilAsync(RunPhase.Seeding);
        var failed = await AddJudgedAsync(site, "first", Outcome.Fail);
        await site.StepUntilAsync(RunPhase.Ready);
        await site.StepAsync();

        var run = await site.RunAsync();
        (run.Phase, run.DueAt > DateTime.UtcNow).ShouldBe((RunPhase.Ready, true), await site.LogAsync());
        site.Simulator.PowerStateOf(WarmSite.VmName).ShouldBe("poweredOn");
        var gate = (await site.Get<CutoverGates>().OfRunAsync(site.RunId, null, true, Cancel)).Where(x => x.IsClosed).ShouldHaveSingleItem("not even force opens it");
        (gate.Id, gate.Remedy!.Contains($"migrate run accept {failed} --reason", StringComparison.Ordinal)).ShouldBe(("verdicts", true));
        var control = site.Get<RunControl>();
        (await Should.ThrowAsync<MigrateException>(() => control.CutOverAsync(site.RunId, null, force: true, new ApproversWord("a test", "because of it"), Cancel))).Code.ShouldBe("run.gates-closed");

        await control.AcceptVerdictAsync(failed, "restored by its owner", "ann", Cancel);
        (await site.Get<CutoverGates>().OfRunAsync(site.RunId, null, false, Cancel)).Single(x => x.Id == "verdicts").Statement.ShouldEndWith("restored by its owner");
        await HurryAsync(site);
        await site.StepUntilAsync(RunPhase.Completed);
    }

    [Fact]
    public async Task A_later_wave_is_refused_by_the_names_of_the_runs_that_hold_it()
    {
        await using var site = await WarmSite.OpenAsync(Warm);
        var failed = await AddJudgedAsync(site, "first", Outcome.Fail);
        await SetAsync(site, site.RunId, x => x.Phase = RunPhase.RolledBack);
        var plan = (await site.RunAsync()).PlanId;

        var refusal = (await Should.ThrowAsync<WaveRefusedException>(() => site.Get<WaveStarter>().StartAsync(plan, 1, Cancel))).Refusals.ShouldHaveSingleItem();
        (refusal.Subject, refusal.Code).ShouldBe(("first", "run.verdict-holds"));
        refusal.Message.ShouldContain(failed.ToString());
        refusal.Remedy.ShouldContain("migrate run accept");

        await site.Get<RunControl>().AcceptVerdictAsync(failed, "restored by its owner", "ann", Cancel);
        (await site.Get<WaveStarter>().StartAsync(plan, 1, Cancel)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Only_what_is_failed_now_counts_and_only_for_later_waves_and_other_VMs()
    {
        await using var site = await WarmSite.OpenAsync(Warm);
        var plan = (await site.RunAsync()).PlanId;
        await AddJudgedAsync(site, "moved-again", Outcome.Fail);
        await AddJudgedAsync(site, "moved-again", Outcome.Pass, x => x.CreatedAt = x.CreatedAt.AddHours(1));
        await AddJudgedAsync(site, "open", Outcome.Inconclusive);
        await AddJudgedAsync(site, "rolled-back", Outcome.Fail, x => x.Phase = RunPhase.RolledBack);
        await AddJudgedAsync(site, "same-wave", Outcome.Fail, x => x.Wave = 1);
        var stale = await AddJudgedAsync(site, "judged-again", Outcome.Fail, x => x.VerdictAcceptance = new VerdictAcceptance("ann", Judged, "an earlier verdict", Judged.AddHours(-1)).Write());

        await using var db = await site.Get<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel);
        var found = await VerdictHolds.OfPlanAsync(db, plan, Cancel);
        found.Select(x => (x.VmName, x.Holds)).ShouldBe([("judged-again", true), ("rolled-back", true), ("same-wave", true)]);
        VerdictHolds.For(found, 1, "vm-x").Select(x => x.VmName).ShouldBe(["judged-again", "rolled-back"]);
        VerdictHolds.For(found, 1, "rolled-back").Select(x => x.VmName).ShouldBe(["judged-again"], "its own next run is to mend it");
        VerdictHolds.For(found, 2, "vm-x").Count.ShouldBe(3);
        (await site.Get<RunControl>().AcceptVerdictAsync(stale, "the newer one", "ann", Cancel)).VerdictAcceptance!.ShouldContain("the newer one");
    }

    [Fact]
    public async Task An_acceptance_needs_a_reason_a_failed_verdict_and_counts_once()
    {
        await using var site = await WarmSite.OpenAsync(Warm);
        var (failed, passed) = (await AddJudgedAsync(site, "failed", Outcome.Fail), await AddJudgedAsync(site, "passed", Outcome.Pass));
        var control = site.Get<RunControl>();
        async Task<string> RefusalAsync(Guid run, string reason, string by) => (await Should.ThrowAsync<MigrateException>(() => control.AcceptVerdictAsync(run, reason, by, Cancel))).Code;

        (await RefusalAsync(failed, " ok ", "ann")).ShouldBe("run.acceptance-reason");
        (await RefusalAsync(passed, "it is fine", "ann")).ShouldBe("run.verdict-not-failed");
        (await RefusalAsync(Guid.NewGuid(), "it is fine", "ann")).ShouldBe("run.unknown");
        await control.AcceptVerdictAsync(failed, "it is fine", "ann", Cancel);
        await control.AcceptVerdictAsync(failed, "it is fine ", "ann", Cancel); // Asked twice, e.g. when an answer was lost.
        (await RefusalAsync(failed, "it is fine", "bob")).ShouldBe("run.verdict-accepted");
        (await site.Get<RunStore>().EventsAsync(failed, 0, 10, Cancel)).ShouldHaveSingleItem().Message.ShouldContain("accepted by ann: it is fine");
    }

    private static async Task<Guid> AddJudgedAsync(WarmSite site, string name, Outcome outcome, Action<Run>? change = null)
    {
        var verdict = new Verdict { VmName = name, JudgedAt = Judged, Outcome = outcome, Aspects = [new(Aspect.Data, outcome, "It differs.", [])] };
        var held = await site.RunAsync();
        var run = new Run
        {
            Id = Guid.NewGuid(),
            PlanId = held.PlanId,
            PlanVmId = held.PlanVmId,
            VmKey = name,
            VmName = name,
            Wave = 0,
            Phase = RunPhase.Completed,
            CreatedAt = Judged.AddHours(-1),
            Outcome = outcome.ToString(),
            Verdict = JsonSerializer.Serialize(verdict, ValidationJson.Default.Verdict),
        };
        change?.Invoke(run);
        await using var db = await site.Get<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel);
        db.Runs.Add(run);
        await db.SaveChangesAsync(Cancel);
        return run.Id;
    }

    /// <summary>What waits looks again every minute; no test has to wait for it.</summary>
    private static Task HurryAsync(WarmSite site) => SetAsync(site, site.RunId, x => x.DueAt = DateTime.UtcNow);

    private static async Task SetAsync(WarmSite site, Guid id, Action<Run> change)
    {
        await using var db = await site.Get<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel);
        change(await db.Runs.SingleAsync(x => x.Id == id, Cancel));
        await db.SaveChangesAsync(Cancel);
    }
}
