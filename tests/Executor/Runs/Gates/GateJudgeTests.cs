using Migrate.Executor.Runs.Gates;
using Migrate.Executor.Waves;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Tests.Runs.Gates;

public sealed class GateJudgeTests
{
    private static readonly DateTime Now = new(2026, 3, 1, 2, 0, 0, DateTimeKind.Utc);
    private static readonly Concern Full = new("storage.space", ConcernSeverity.Critical, "Storage full", "iser-ds", "3 % are free.", "Free space.");

    private static GateFacts Facts { get; } = new()
    {
        Run = new Run { VmKey = "vm-1", VmName = "web01", Phase = RunPhase.Ready, ReadyAt = Now, CreatedAt = Now.AddDays(-1) },
        Policy = new PlanPolicy(),
        IsWarm = true,
        At = Now,
    };

    [Fact]
    public void A_run_that_is_Ready_passes_where_the_plan_asks_for_no_more() =>
        GateJudge.Judge(Facts).Select(x => (x.Id, x.State)).ShouldBe([("checks", GateState.Green), ("ready", GateState.Green)]);

    [Theory]
    [InlineData(0, false, GateState.Green)]
    [InlineData(2, false, GateState.Closed)]
    [InlineData(2, true, GateState.Accepted)]
    public void What_it_comes_after_must_serve_unless_an_operator_says_otherwise(int missing, bool forced, GateState state)
    {
        var gate = Of(Facts with { WaitsFor = new WaitedFor("erp", [.. Enumerable.Range(1, missing).Select(i => $"db0{i}")], missing, 3), IsForced = forced }, "order");
        gate.State.ShouldBe(state);
        gate.Statement.ShouldStartWith(missing == 0 ? "All 3 VMs" : "2 of 3 VMs that move before it (group erp) do not serve at their destination yet: db01, db02.");
        (gate.Remedy is not null).ShouldBe(state == GateState.Closed);
    }

    [Theory]
    [InlineData(-60, 60, false, GateState.Green)]
    [InlineData(-60, 0, false, GateState.Closed)]
    [InlineData(0, 60, false, GateState.Green)]
    [InlineData(30, 60, false, GateState.Closed)]
    [InlineData(30, 60, true, GateState.Accepted)]
    public void A_window_is_open_from_its_begin_until_before_its_end(int from, int to, bool forced, GateState state) =>
        Of(Facts with { Policy = new PlanPolicy { CutOverWindows = [new(Now.AddMinutes(from), Now.AddMinutes(to))] }, IsForced = forced }, "window").State.ShouldBe(state);

    [Fact]
    public void A_closed_window_says_when_the_next_one_opens()
    {
        var policy = new PlanPolicy { CutOverWindows = [new(Now.AddDays(2), Now.AddDays(3)), new(Now.AddHours(1), Now.AddHours(2)), new(Now.AddDays(-2), Now.AddDays(-1))] };
        Of(Facts with { Policy = policy }, "window").Remedy!.ShouldContain("2026-03-01T03:00:00Z");
        GateJudge.NextOpening(policy, Now.AddHours(1)).ShouldBe(Now.AddDays(2));
        Of(Facts with { Policy = policy, At = Now.AddDays(9) }, "window").Statement.ShouldContain("are over");
    }

    [Theory]
    [InlineData(RunPhase.Syncing, false, false, GateState.Closed)]
    [InlineData(RunPhase.Syncing, true, false, GateState.Accepted)]
    [InlineData(RunPhase.Syncing, false, true, GateState.Green)]
    [InlineData(RunPhase.Seeding, false, true, GateState.Closed)]
    [InlineData(RunPhase.Paused, false, true, GateState.Closed)]
    public void A_warm_run_must_be_Ready_or_somebody_accept_the_longer_downtime(RunPhase phase, bool forced, bool ready, GateState state) => Of(
        Facts with { Run = new Run { VmKey = "vm-1", VmName = "web01", Phase = phase, ReadyAt = ready ? Now : null }, IsForced = forced }, "ready").State.ShouldBe(state);

    [Fact]
    public void An_approval_is_wanted_where_the_plan_says_so_and_shown_with_who_gave_it()
    {
        var wanted = Facts with { Policy = new PlanPolicy { RequireApproval = true }, IsForced = true };
        (Of(wanted, "approval").State, Of(wanted, "approval").Remedy).ShouldBe((GateState.Closed, "migrate run approve web01 --reason TEXT"));
        var given = new Run { VmKey = "vm-1", VmName = "web01", Phase = RunPhase.Ready, ReadyAt = Now, Approval = new CutoverApproval("admin, for ann (unverified)", Now, "all rehearsed").Write() };
        Of(wanted with { Run = given }, "approval").Statement.ShouldBe("Approved by admin, for ann (unverified) on 2026-03-01 02:00:00Z: all rehearsed");
    }

    [Fact]
    public void What_was_found_since_the_start_holds_until_it_is_accepted_as_it_is()
    {
        var found = Facts with { FoundSince = [Full, Full with { Id = "net.mtu", Severity = ConcernSeverity.Warning }] };
        var gate = GateJudge.Judge(found).Where(x => x.Id == "checks").ShouldHaveSingleItem();
        (gate.State, gate.Remedy!.StartsWith("Free space.", StringComparison.Ordinal)).ShouldBe((GateState.Closed, true));

        Of(found with { Overrides = [Given([Full])] }, "checks").ShouldBe(new CutoverGate("checks", GateState.Accepted, "storage.space was accepted by ann on 2026-03-01 02:00:00Z: it grows tonight"));
        GateJudge.Judge(found with { Overrides = [Given([Full with { Subject = "another" }])] }).ShouldContain(x => x.IsClosed && x.Id == "checks", "another finding than the accepted one");
    }

    [Fact]
    public void An_acceptance_that_was_taken_back_since_the_start_holds_the_cutover()
    {
        var lifted = Given([Full]);
        (lifted.LiftedAt, lifted.LiftedBy, lifted.LiftedBecause) = (Now.AddHours(-1), "bob", "it did not grow");
        var gate = Of(Facts with { Overrides = [lifted] }, "checks");
        gate.State.ShouldBe(GateState.Closed);
        gate.Statement.ShouldContain("bob took that back");
        Of(Facts with { Overrides = [lifted, Given([Full])] }, "checks").State.ShouldBe(GateState.Accepted);

        lifted.LiftedAt = Now.AddDays(-2); // Its wave was judged without it.
        Of(Facts with { Overrides = [lifted] }, "checks").State.ShouldBe(GateState.Green);
    }

    private static CutoverGate Of(GateFacts facts, string id) => GateJudge.Judge(facts).Where(x => x.Id == id).ShouldHaveSingleItem();

    private static ConcernOverride Given(IReadOnlyList<Concern> findings) => new()
    {
        VmKey = "vm-1",
        VmName = "web01",
        ConcernId = "storage.space",
        Findings = "[]",
        Fingerprint = ConcernOverrides.Fingerprint(findings),
        Reason = "it grows tonight",
        GivenBy = "ann",
        GivenAt = Now,
    };
}
