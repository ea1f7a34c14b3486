using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Runs;
using Migrate.Executor.Runs.Gates;
using Migrate.Planner;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Tests.Runs.Gates;

/// <summary>Cutovers of a simulated vCenter's VM that a gate holds.</summary>
[UsesDatabase]
public sealed class HeldCutoverTests
{
    private static readonly WarmPolicy Warm = new() { AllowedDowntimeSeconds = 3600, PassIntervalSeconds = 0, CutOverWhenReady = true, DatastoreFreeShare = 0 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_warm_run_waits_for_its_approval_with_its_guest_on()
    {
        await using var site = await WarmSite.OpenAsync(Warm, plan: x => x with { RequireApproval = true });
        await site.StepUntilAsync(RunPhase.Ready);
        await site.StepAsync();
        await site.StepAsync();
        (await site.RunAsync()).Phase.ShouldBe(RunPhase.Ready);
        site.Simulator.PowerStateOf(WarmSite.VmName).ShouldBe("poweredOn");
        (await site.LogAsync()).Split("Waits before its cutover: approval").Length.ShouldBe(2, "said once");

        var control = site.Get<RunControl>();
        var refused = await Should.ThrowAsync<MigrateException>(() => control.CutOverAsync(site.RunId, null, force: true, new ApproversWord("a test", "because of it"), Cancel));
        (refused.Code, refused.Remedy).ShouldBe(("run.gates-closed", $"approval: migrate run approve {WarmSite.VmName} --reason TEXT"));
        (await Should.ThrowAsync<MigrateException>(() => control.ApproveAsync(site.RunId, " ok ", "ann", Cancel))).Code.ShouldBe("run.approval-reason");

        await control.ApproveAsync(site.RunId, "the owner is informed", "ann", Cancel);
        await site.StepUntilAsync(RunPhase.Completed);
        (await site.LogAsync()).ShouldContain("approved by ann: the owner is informed");
        (await Should.ThrowAsync<MigrateException>(() => control.ApproveAsync(site.RunId, "the owner is informed", "ann", Cancel))).Code.ShouldBe("run.wrong-phase");
    }

    [Fact]
    public async Task Outside_of_windows_nothing_is_cut_over_unless_somebody_insists()
    {
        var now = DateTime.UnixEpoch.AddSeconds(Math.Floor((DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds)); // PostgreSQL keeps microseconds.
        await using var site = await WarmSite.OpenAsync(Warm with { PassIntervalSeconds = 900 }, plan: x => x with { CutOverWindows = [new(now.AddDays(-2), now.AddDays(-1)), new(now.AddMinutes(10), now.AddDays(1))] });
        await site.StepUntilAsync(RunPhase.Ready);
        await site.StepAsync();
        var run = await site.RunAsync();
        (run.Phase, run.DueAt).ShouldBe((RunPhase.Ready, now.AddMinutes(10)), "the window opens before the next pass is due");

        var control = site.Get<RunControl>();
        var refused = await Should.ThrowAsync<MigrateException>(() => control.CutOverAsync(site.RunId, null, force: false, new ApproversWord("a test", "because of it"), Cancel));
        refused.Code.ShouldBe("run.gates-closed");
        refused.Remedy.ShouldContain("--at ");
        (await control.CutOverAsync(site.RunId, now.AddHours(2), force: false, new ApproversWord("a test", "because of it"), Cancel)).CutOverAt.ShouldBe(now.AddHours(2), "the window is open then");
        await control.CutOverAsync(site.RunId, null, force: true, new ApproversWord("a test", "because of it"), Cancel);
        await site.StepUntilAsync(RunPhase.Completed);
    }

    [Fact]
    public async Task What_a_check_finds_after_the_start_holds_a_cold_run_that_is_copied()
    {
        await using var site = await WarmSite.OpenAsync(Warm, mode: MigrationMode.Cold, change: vm => vm with { Power = Simulator.Estates.EstatePower.Off });
        await site.StepAsync();
        var plan = (await site.RunAsync()).PlanId;
        var found = new Concern("kvm.space", ConcernSeverity.Critical, "Little space", "kvm1", "The file system is full.", "Free space there.");
        await site.Get<PlanChecks>().SaveAsync(plan, DateTime.UtcNow, DateTime.UtcNow, 1, [new ProbeFinding(null, found)], Cancel);
        await site.StepUntilAsync(RunPhase.Ready);
        await site.StepAsync();

        var run = await site.RunAsync();
        (run.Phase, run.DueAt > DateTime.UtcNow).ShouldBe((RunPhase.Ready, true), await site.LogAsync());
        var closed = (await site.Get<CutoverGates>().OfRunAsync(site.RunId, null, false, Cancel)).Where(x => x.IsClosed).ShouldHaveSingleItem();
        closed.Statement.ShouldContain("The file system is full.");

        await site.Get<PlanChecks>().SaveAsync(plan, DateTime.UtcNow, DateTime.UtcNow, 1, [], Cancel);
        (await site.Get<CutoverGates>().OfRunAsync(site.RunId, null, false, Cancel)).ShouldAllBe(x => !x.IsClosed);
    }

    [Fact]
    public async Task What_is_found_while_a_cutover_has_failed_holds_its_retry_before_the_guest_goes_down()
    {
        await using var site = await WarmSite.OpenAsync(Warm);
        await site.StepUntilAsync(RunPhase.CuttingOver);
        await site.FailAsync("a.test");
        var found = new Concern("kvm.space", ConcernSeverity.Critical, "Little space", "kvm1", "The file system is full.", "Free space there.");
        var plan = (await site.RunAsync()).PlanId;
        await site.Get<PlanChecks>().SaveAsync(plan, DateTime.UtcNow, DateTime.UtcNow, 1, [new ProbeFinding(null, found)], Cancel);

        (await site.Get<RunControl>().RetryAsync(site.RunId, Cancel)).Phase.ShouldBe(RunPhase.CuttingOver);
        await site.StepAsync();
        await site.StepAsync();

        var run = await site.RunAsync();
        (run.Phase, run.DueAt > DateTime.UtcNow, run.DowntimeStartedAt).ShouldBe((RunPhase.Ready, true, null), await site.LogAsync());
        site.Simulator.PowerStateOf(WarmSite.VmName).ShouldBe("poweredOn");
        (await site.LogAsync()).ShouldContain("Waits before its cutover: checks: ");

        await site.Get<PlanChecks>().SaveAsync(plan, DateTime.UtcNow, DateTime.UtcNow, 1, [], Cancel);
        await site.Get<RunControl>().HurryAsync(site.RunId, Cancel);
        await site.StepUntilAsync(RunPhase.Completed);
        await site.ShouldEqualAsync();
    }

    [Theory]
    [InlineData(MigrationMode.Cold)]
    [InlineData(MigrationMode.Warm)]
    public async Task What_comes_after_another_VM_is_copied_and_waits_until_that_serves(MigrationMode mode)
    {
        await using var site = await WarmSite.OpenAsync(Warm, mode: mode, change: vm => vm with { Power = mode == MigrationMode.Cold ? Simulator.Estates.EstatePower.Off : vm.Power });
        var first = new PlanVm { Id = Guid.NewGuid(), VmKey = "first", VmName = "first", Concerns = "[]", Disks = "[]", MoveGroup = "shop", MoveTier = 0 };
        await using (var db = await site.Get<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel))
        {
            var later = await db.PlanVms.SingleAsync(Cancel);
            (later.MoveGroup, later.MoveTier, first.PlanId) = ("shop", 1, later.PlanId);
            db.Add(first);
            await db.SaveChangesAsync(Cancel);
        }

        await site.StepUntilAsync(RunPhase.Ready);
        await site.StepAsync();
        var run = await site.RunAsync();
        (run.Phase, run.DueAt > DateTime.UtcNow).ShouldBe((RunPhase.Ready, true), await site.LogAsync());
        (await site.LogAsync()).ShouldContain("order: 1 of 1 VMs that move before it (group shop) do not serve at their destination yet: first.");

        await using (var db = await site.Get<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel))
        {
            db.Add(new Run { Id = Guid.NewGuid(), PlanId = first.PlanId, PlanVmId = first.Id, VmKey = "first", VmName = "first", Phase = RunPhase.Validating, CreatedAt = DateTime.UtcNow });
            await db.SaveChangesAsync(Cancel);
        }

        await site.Get<RunControl>().HurryAsync(site.RunId, Cancel);
        await site.StepUntilAsync(RunPhase.Completed);
        await site.ShouldEqualAsync();
    }

    [Fact]
    public async Task An_approval_and_a_word_are_taken_back_until_the_guest_goes_down()
    {
        await using var site = await WarmSite.OpenAsync(Warm with { CutOverWhenReady = false }, plan: x => x with { RequireApproval = true });
        await site.StepUntilAsync(RunPhase.Ready);
        var control = site.Get<RunControl>();
        var word = new ApproversWord("ann", "needed until Friday");
        (await Should.ThrowAsync<MigrateException>(() => control.WithdrawAsync(site.RunId, word, Cancel))).Code.ShouldBe("run.nothing-given");
        await control.ApproveAsync(site.RunId, "the owner is informed", "ann", Cancel);
        await control.CutOverAsync(site.RunId, DateTime.UtcNow.AddHours(1), force: true, word, Cancel);
        (await Should.ThrowAsync<MigrateException>(() => control.WithdrawAsync(site.RunId, word with { Reason = "no" }, Cancel))).Code.ShouldBe("run.reason-missing");

        var after = await control.WithdrawAsync(site.RunId, word, Cancel);

        (after.Phase, after.Approval, after.CutOverAt, after.CutOverForced).ShouldBe((RunPhase.Ready, null, null, false));
        (await site.LogAsync()).ShouldContain("are taken back, by ann: needed until Friday");
        (await Should.ThrowAsync<MigrateException>(() => control.CutOverAsync(site.RunId, null, force: true, word, Cancel))).Code.ShouldBe("run.gates-closed");

        // At the very moment at which the run was let through.
        await control.ApproveAsync(site.RunId, "the owner is informed", "ann", Cancel);
        await control.CutOverAsync(site.RunId, null, force: false, word, Cancel);
        await site.StepUntilAsync(RunPhase.CuttingOver);
        await using (var db = await site.Get<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel))
        {
            await db.Runs.ExecuteUpdateAsync(set => set.SetProperty(x => x.CutOverAt, (DateTime?)null), Cancel);
        }

        await site.StepAsync();
        (await site.RunAsync()).Phase.ShouldBe(RunPhase.Ready);
        site.Simulator.PowerStateOf(WarmSite.VmName).ShouldBe("poweredOn");

        await control.CutOverAsync(site.RunId, null, force: false, word, Cancel);
        await site.StepUntilAsync(RunPhase.CuttingOver);
        (await Should.ThrowAsync<MigrateException>(() => control.WithdrawAsync(site.RunId, word, Cancel))).Code.ShouldBe("run.wrong-phase");
        await site.StepUntilAsync(RunPhase.Completed);
    }

    [Fact]
    public async Task A_word_that_is_taken_back_while_a_cold_run_is_prepared_keeps_its_guest_on()
    {
        await using var site = await WarmSite.OpenAsync(Warm, mode: MigrationMode.Cold, plan: x => x with { RequireApproval = true });
        var control = site.Get<RunControl>();
        await control.ApproveAsync(site.RunId, "the owner is informed", "ann", Cancel);
        site.BeforeShutdown = async () =>
        {
            site.BeforeShutdown = null;
            await control.WithdrawAsync(site.RunId, new ApproversWord("ann", "needed until Friday"), Cancel);
        };
        await site.StepUntilAsync(RunPhase.Preparing);
        await site.StepAsync();

        var run = await site.RunAsync();
        (run.Phase, run.DowntimeStartedAt, run.DueAt).ShouldBe((RunPhase.Preparing, null, null), await site.LogAsync());
        site.Simulator.PowerStateOf(WarmSite.VmName).ShouldBe("poweredOn");
        await control.ApproveAsync(site.RunId, "the owner is informed", "ann", Cancel);
        await site.StepUntilAsync(RunPhase.Completed);
        await site.ShouldEqualAsync();
    }

    [Fact]
    public async Task A_word_that_is_taken_back_after_a_failure_holds_a_VM_that_was_off_before_and_its_passes_go_on()
    {
        await using var site = await WarmSite.OpenAsync(Warm with { PassIntervalSeconds = 900 }, plan: x => x with { RequireApproval = true }, change: vm => vm with { Power = Simulator.Estates.EstatePower.Off });
        var control = site.Get<RunControl>();
        await control.ApproveAsync(site.RunId, "the owner is informed", "ann", Cancel);
        await site.StepUntilAsync(RunPhase.CuttingOver);
        await site.FailAsync("a.test");
        await control.WithdrawAsync(site.RunId, new ApproversWord("ann", "needed until Friday"), Cancel);

        await control.RetryAsync(site.RunId, Cancel);
        await site.StepAsync();
        await site.StepAsync();

        var run = await site.RunAsync();
        (run.Phase, run.LastPassAt, run.DueAt is null).ShouldBe((RunPhase.Ready, null, false), "the next pass is due: " + await site.LogAsync());
        await control.ApproveAsync(site.RunId, "the owner is informed", "ann", Cancel);
        await site.StepUntilAsync(RunPhase.Completed);
    }

    [Fact]
    public async Task A_forced_word_that_is_taken_back_leaves_no_run_that_waits_without_passes()
    {
        await using var site = await WarmSite.OpenAsync(Warm with { CutOverWhenReady = false });
        await site.StepUntilAsync(RunPhase.Syncing);
        var control = site.Get<RunControl>();
        var word = new ApproversWord("ann", "needed until Friday");
        (await control.CutOverAsync(site.RunId, DateTime.UtcNow.AddHours(1), force: true, word, Cancel)).ShouldSatisfyAllConditions(x => x.Phase.ShouldBe(RunPhase.Ready), x => x.ReadyAt.ShouldBeNull());
        (await control.WithdrawAsync(site.RunId, word, Cancel)).Phase.ShouldBe(RunPhase.Syncing);
    }
}
