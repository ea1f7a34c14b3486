using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Destinations;
using Migrate.Executor.Jobs;
using Migrate.Executor.Runs;
using Migrate.Executor.Runs.Gates;
using Migrate.Executor.Tests.Jobs;
using Migrate.Executor.Tests.Runs;
using Migrate.Executor.Waves;
using Migrate.Planner;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Planner.Waves;

namespace Migrate.Executor.Tests.Waves;

/// <summary>From an inventory to waves, and from approved waves to runs that begin and cut over by them.</summary>
[UsesDatabase]
public sealed class WavePlansTests
{
    private static readonly DateTime Start = DateTime.UtcNow.Date.AddDays(2).AddHours(6);
    private static readonly WaveRules Nightly = new()
    {
        Start = Start,
        Days = 20,
        Windows = [new WindowRule("nights", ["daily 22:00-02:00"])],
        Groups = [new GroupRule("app", [["other1"], ["other2"]])],
        CutoversAtOnce = 1,
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Approved_waves_decide_when_runs_begin_and_cut_over()
    {
        await using var site = await WarmSite.OpenAsync(new WarmPolicy(), otherVms: 3);
        var plan = await PlanAsync(site, "other1", "other2", "other3");
        var waves = site.Get<WavePlans>();

        var version = await waves.MakeAsync(plan, Nightly, "anna", Cancel);
        var moves = (await waves.VmsAsync(version.Id, null, null, 0, 100, Cancel)).Items;
        (await RowsAsync(site, plan)).ShouldAllBe(x => x.BeginAt == null && x.CutOverAt == null, "nothing follows from what nobody approved");
        await waves.ApproveAsync(plan, version.Number, "berta", "change board", Cancel);
        await site.Get<WaveStarter>().StartAsync(plan, 1, Cancel);

        moves.Count.ShouldBe(3);
        moves[0].CutoverStart.ShouldBe(Start.Date.AddHours(22));
        var app = moves.Where(x => x.Group == "app").ToList();
        app.Select(x => x.Name).ShouldBe(["other1", "other2"]);
        app[0].CutoverEnd.ShouldBeLessThanOrEqualTo(app[1].CutoverStart);
        await using var db = await site.Get<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel);
        var asked = ((RecordedJobs)site.Get<IJobEngine>()).Asked.ToDictionary(x => x.RunId, x => x.At.UtcDateTime);
        foreach (var move in moves)
        {
            var run = await db.Runs.SingleAsync(x => x.PlanId == plan && x.VmKey == move.Key, Cancel);
            run.DueAt.ShouldBe(move.CopyStart);
            (await WindowAsync(site, run, move.CutoverStart)).ShouldBe(GateState.Green);
            (await WindowAsync(site, run, move.CutoverStart.AddSeconds(-1))).ShouldBe(GateState.Closed);
            (await WindowAsync(site, run, Start.Date.AddHours(26))).ShouldBe(GateState.Closed, "its nights end at 02:00");
            asked[run.Id].ShouldBe(move.CopyStart);
        }
    }

    [Fact]
    public async Task What_comes_after_something_waits_until_that_serves()
    {
        await using var site = await WarmSite.OpenAsync(new WarmPolicy(), otherVms: 4);
        var plan = await PlanAsync(site, "other1", "other2", "other3", "other4");
        var waves = site.Get<WavePlans>();
        var rules = Nightly with { Groups = [new GroupRule("app", [["other1", "other2"], ["other3"]]), new GroupRule("web", [["other4"]], After: ["app"])] };
        var version = await waves.MakeAsync(plan, rules, "anna", Cancel);
        (await RowsAsync(site, plan)).ShouldAllBe(x => x.MoveGroup == null);
        await waves.ApproveAsync(plan, version.Number, "anna", "test", Cancel);
        foreach (var wave in (await RowsAsync(site, plan)).Select(x => x.Wave).Distinct().Order())
        {
            await site.Get<WaveStarter>().StartAsync(plan, wave, Cancel);
        }

        async Task<string?> HeldByAsync(string vm, bool forced = false) => (await GatesAsync(site, plan, vm, forced)).SingleOrDefault(x => x is { Id: CutoverGate.Order, IsClosed: true })?.Statement;
        (await GatesAsync(site, plan, "other1")).ShouldNotContain(x => x.Id == CutoverGate.Order, "it comes after nothing");
        (await HeldByAsync("other3")).ShouldBe("2 of 2 VMs that move before it (group app) do not serve at their destination yet: other1, other2.");
        (await HeldByAsync("other4")).ShouldBe("3 of 3 VMs that move before it (group web) do not serve at their destination yet: other1, other2, other3.");
        (await HeldByAsync("other4", forced: true)).ShouldBeNull();

        await PhaseAsync(site, plan, "other1", RunPhase.Completed);
        await PhaseAsync(site, plan, "other2", RunPhase.Failed, RunPhase.Validating);
        (await HeldByAsync("other3")).ShouldBeNull("the second one runs there, whatever its validation came to");
        await RunAsync(site, plan, "other2", set => set.SetProperty(x => x.DowntimeStartedAt, Start));
        (await HeldByAsync("other3"))!.ShouldEndWith("other2.", customMessage: "nobody has seen it boot yet");
        await RunAsync(site, plan, "other2", set => set.SetProperty(x => x.DowntimeEndedAt, Start.AddMinutes(1)).SetProperty(x => x.Request, RunRequest.RollBack));
        (await HeldByAsync("other3"))!.ShouldEndWith("other2.", customMessage: "it is being taken back");
        await RunAsync(site, plan, "other2", set => set.SetProperty(x => x.Request, (RunRequest?)null));
        (await HeldByAsync("other3")).ShouldBeNull();
        await PhaseAsync(site, plan, "other3", RunPhase.Failed, RunPhase.CuttingOver);
        (await HeldByAsync("other4"))!.ShouldEndWith("other3.");
        await PhaseAsync(site, plan, "other3", RunPhase.Validating);
        (await HeldByAsync("other4")).ShouldBeNull();
        await PhaseAsync(site, plan, "other1", RunPhase.RolledBack);
        (await HeldByAsync("other4"))!.ShouldEndWith("other1.");

        // It can be planned once more although its time is over: its group has others that are under way and keep theirs.
        await using (var db = await site.Get<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel))
        {
            foreach (var move in await db.WaveMoves.Where(x => x.VersionId == version.Id).ToListAsync(Cancel))
            {
                var body = PlannerJson.Read(move.Body, PlannerJson.Default.VmMove);
                var days = TimeSpan.FromDays(9);
                move.Body = JsonSerializer.Serialize(body with { CopyStart = body.CopyStart - days, CopyEnd = body.CopyEnd - days, CutoverStart = body.CutoverStart - days, CutoverEnd = body.CutoverEnd - days }, PlannerJson.Default.VmMove);
            }

            await db.SaveChangesAsync(Cancel);
        }

        var second = await waves.MakeAsync(plan, rules, "anna", Cancel);
        await waves.ApproveAsync(plan, second.Number, "anna", "once more", Cancel);
        (await RowsAsync(site, plan)).Single(x => x.VmName == "other1").Wave.ShouldBeGreaterThan(0);
        (await HeldByAsync("other4"))!.ShouldEndWith("other1.");
    }

    [Fact]
    public async Task What_has_begun_keeps_its_time_in_the_next_version()
    {
        await using var site = await WarmSite.OpenAsync(new WarmPolicy(), otherVms: 2);
        var plan = await PlanAsync(site, "other1", "other2");
        var waves = site.Get<WavePlans>();
        var rules = Nightly with { Groups = [], Vms = [new VmRule("other2", NotBefore: Start.AddDays(3))] };
        var first = await waves.MakeAsync(plan, rules, "anna", Cancel);
        await waves.ApproveAsync(plan, first.Number, "anna", "test", Cancel);
        await site.Get<WaveStarter>().StartAsync(plan, 1, Cancel);

        // All that is not under way is to move a week later.
        var second = await waves.MakeAsync(plan, rules with { Start = Start.AddDays(7), Vms = [] }, "anna", Cancel);

        second.Number.ShouldBe(2);
        var (before, after) = (await MovesAsync(waves, first), await MovesAsync(waves, second));
        after["other1"].Why.Constraint.ShouldBe("pinned");
        after["other1"].CutoverStart.ShouldBe(before["other1"].CutoverStart);
        after["other2"].Wave.ShouldBeGreaterThan(1, "wave 1 is under way");
        after["other2"].CutoverStart.ShouldBeGreaterThanOrEqualTo(Start.AddDays(7));
        before["other1"].CutoverStart.ShouldBe(Start.Date.AddHours(22));
        await Should.ThrowAsync<MigrateException>(() => waves.ApproveAsync(plan, first.Number, "anna", "test", Cancel));
        await waves.ApproveAsync(plan, second.Number, "anna", "test", Cancel);
        var rows = (await RowsAsync(site, plan)).ToDictionary(x => x.VmName);
        rows["other1"].CutOverAt.ShouldBe(before["other1"].CutoverStart, "its run has begun");
        rows["other2"].CutOverAt.ShouldBe(after["other2"].CutoverStart);
    }

    [Fact]
    public async Task Rules_can_keep_all_but_what_is_planned_again()
    {
        await using var site = await WarmSite.OpenAsync(new WarmPolicy(), otherVms: 3);
        var plan = await PlanAsync(site, "other1", "other2", "other3");
        var waves = site.Get<WavePlans>();
        var rules = Nightly with { Groups = [], Vms = [new VmRule("*", NotBefore: Start.AddDays(5))] };
        var before = await MovesAsync(waves, await waves.MakeAsync(plan, rules, "anna", Cancel));

        var after = await MovesAsync(waves, await waves.MakeAsync(plan, rules with { Vms = [], Keep = true, Replan = ["other2"] }, "anna", Cancel));

        after["other1"].CutoverStart.ShouldBe(before["other1"].CutoverStart);
        after["other3"].CutoverStart.ShouldBe(before["other3"].CutoverStart);
        after["other2"].CutoverStart.ShouldBe(Start.Date.AddHours(22));
    }

    [Fact]
    public async Task Versions_that_are_made_at_the_same_time_are_all_kept()
    {
        await using var site = await WarmSite.OpenAsync(new WarmPolicy(), otherVms: 1);
        var plan = await PlanAsync(site, "other1");

        var made = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => site.Get<WavePlans>().MakeAsync(plan, Nightly with { Groups = [] }, "anna", Cancel)));

        made.Select(x => x.Number).ShouldBe([1, 2, 3, 4, 5], ignoreOrder: true);
    }

    [Fact]
    public async Task Rules_that_cannot_be_used_are_refused_with_all_that_is_wrong()
    {
        await using var site = await WarmSite.OpenAsync(new WarmPolicy(), otherVms: 1);
        var plan = await PlanAsync(site, "other1");
        var rules = new WaveRules
        {
            Windows = [new WindowRule("w", ["Sat 22:00-06:00", "sometimes"])],
            Groups = [new GroupRule("g", [["nobody*"]])],
            GroupBy = ["colour"],
            Vms = [new VmRule("gone")],
        };

        var refused = await Should.ThrowAsync<MigrateException>(() => site.Get<WavePlans>().MakeAsync(plan, rules, "anna", Cancel));

        refused.Code.ShouldBe("wave.rules-invalid");
        foreach (var part in new[] { "'sometimes' is no opening", "'nobody*'", "'colour'", "'gone'" })
        {
            refused.Message.ShouldContain(part);
        }

        (await site.Get<WavePlans>().ListAsync(plan, null, 0, 10, Cancel)).Total.ShouldBe(0);
    }

    [Fact]
    public void Times_without_a_zone_are_UTC_and_what_lacks_is_told()
    {
        var rules = new WaveRules
        {
            Start = new DateTime(2031, 6, 1, 6, 0, 0, DateTimeKind.Unspecified),
            Vms = [new VmRule("a", NotBefore: new DateTimeOffset(2031, 6, 2, 6, 0, 0, TimeSpan.FromHours(1)).LocalDateTime)],
            Groups = null!,
        }.InUtc();

        (rules.Start!.Value.Kind, rules.Start.Value.Hour).ShouldBe((DateTimeKind.Utc, 6));
        (rules.Vms[0].NotBefore!.Value.Kind, rules.Vms[0].NotBefore!.Value.Hour).ShouldBe((DateTimeKind.Utc, 5));
        rules.Groups.ShouldBeEmpty();
        new WaveRules { Groups = [new GroupRule("g", null!)], Windows = [null!], Limits = [null!] }.Missing().Count().ShouldBe(3);
    }

    [Fact]
    public async Task A_version_that_begins_in_the_past_is_not_approved()
    {
        await using var site = await WarmSite.OpenAsync(new WarmPolicy(), otherVms: 1);
        var plan = await PlanAsync(site, "other1");
        var waves = site.Get<WavePlans>();
        var version = await waves.MakeAsync(plan, Nightly with { Start = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc), Groups = [] }, "anna", Cancel);
        var move = (await waves.VmsAsync(version.Id, null, null, 0, 1, Cancel)).Items[0];
        move.CutoverStart.ShouldBeGreaterThan(DateTime.UtcNow, "what is over cannot be planned");
        await using (var db = await site.Get<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel))
        {
            var late = JsonSerializer.Serialize(move with { CutoverStart = DateTime.UtcNow.AddMinutes(-1) }, PlannerJson.Default.VmMove);
            await db.WaveMoves.Where(x => x.VersionId == version.Id).ExecuteUpdateAsync(set => set.SetProperty(x => x.Body, late), Cancel);
        }

        (await Should.ThrowAsync<MigrateException>(() => waves.ApproveAsync(plan, version.Number, "anna", "test", Cancel))).Message.ShouldContain("which is over");
        (await RowsAsync(site, plan)).ShouldAllBe(x => x.CutOverAt == null);
    }

    [Fact]
    public async Task What_nobody_measured_is_said()
    {
        await using var site = await WarmSite.OpenAsync(new WarmPolicy(), otherVms: 1);
        var plan = await PlanAsync(site, "other1");

        var made = await site.Get<WavePlans>().PreviewAsync(plan, Nightly with { Groups = [] }, Cancel);

        made.Assumptions.ShouldContain(x => x.Contains("have no baseline"));
        made.Assumptions.ShouldContain(x => x.Contains("300 MiB/s"));
        made.Schedule.Vms.ShouldHaveSingleItem().DowntimeSeconds.High.ShouldBe(new WarmPolicy().AllowedDowntimeSeconds);
    }

    private static async Task<GateState> WindowAsync(WarmSite site, Run run, DateTime at) =>
        (await site.Get<CutoverGates>().OfRunAsync(run.Id, at, false, Cancel)).Single(x => x.Id == CutoverGate.Window).State;

    private static async Task<IReadOnlyList<CutoverGate>> GatesAsync(WarmSite site, Guid plan, string vm, bool forced = false)
    {
        await using var db = await site.Get<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel);
        return await site.Get<CutoverGates>().OfRunAsync(await db.Runs.Where(x => x.PlanId == plan && x.VmName == vm).Select(x => x.Id).SingleAsync(Cancel), null, forced, Cancel);
    }

    private static async Task RunAsync(WarmSite site, Guid plan, string vm, Action<Microsoft.EntityFrameworkCore.Query.UpdateSettersBuilder<Run>> set)
    {
        await using var db = await site.Get<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel);
        await db.Runs.Where(x => x.PlanId == plan && x.VmName == vm).ExecuteUpdateAsync(set, Cancel);
    }

    private static async Task PhaseAsync(WarmSite site, Guid plan, string vm, RunPhase phase, RunPhase resume = RunPhase.Planned)
    {
        await using var db = await site.Get<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel);
        await db.Runs.Where(x => x.PlanId == plan && x.VmName == vm).ExecuteUpdateAsync(set => set.SetProperty(x => x.Phase, phase).SetProperty(x => x.ResumePhase, resume), Cancel);
    }

    private static async Task<Dictionary<string, VmMove>> MovesAsync(WavePlans waves, WaveVersion version) =>
        (await waves.VmsAsync(version.Id, null, null, 0, 100, Cancel)).Items.ToDictionary(x => x.Name);

    private static async Task<List<PlanVm>> RowsAsync(WarmSite site, Guid plan)
    {
        await using var db = await site.Get<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel);
        return await db.PlanVms.AsNoTracking().Where(x => x.PlanId == plan).ToListAsync(Cancel);
    }

    private static async Task<Guid> PlanAsync(WarmSite site, params string[] vms)
    {
        await using (var db = await site.Get<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel))
        {
            var facts = new KvmHostFacts
            {
                Uri = "test:///default",
                HostName = "kvm1",
                Libvirt = new Version(9, 0, 0),
                Qemu = new Version(7, 2, 0),
                Cpus = 16,
                MemoryBytes = 64L << 30,
                IoUring = new IoUringState(true, ""),
            };
            await db.KvmHosts.ExecuteUpdateAsync(set => set.SetProperty(x => x.Facts, JsonSerializer.Serialize(facts, JsonSerializerOptions.Web)), Cancel);
        }

        var plan = await site.Get<PlanMaker>().CreateAsync(
            new PlanRequest
            {
                Name = "waves",
                SourceName = "vc1",
                KvmHostName = "kvm1",
                VmNames = vms,
                Mode = MigrationMode.Warm,
                Policy = new PlanPolicy { Networks = new Dictionary<string, NetworkMapping> { ["VM Network"] = new("user", "") } },
            },
            Cancel);
        return plan.Id;
    }
}
