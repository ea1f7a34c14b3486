using Migrate.Planner.Baselines;
using Migrate.Planner.Baselines.Trust;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;
using Migrate.Planner.Tests.Baselines.Collection;
using Migrate.Planner.Tests.Persistence;
using Migrate.Simulator.Estates;

namespace Migrate.Planner.Tests.Concerns;

/// <summary>Rules on baselines judge what a collector stored, not what somebody wrote into their input.</summary>
[UsesDatabase]
public sealed class BaselineKnowledgeTests(PostgresCluster postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task What_was_collected_is_what_a_plan_is_judged_by(Provider provider)
    {
        var load = new EstateLoad { Gaps = 0, ReadIops = 2000, WriteIops = 12_000, ReadLatencyUs = 4000, WriteLatencyUs = 30_000, AbortsPerHour = 20 };
        await using var bench = await CollectionBench.StartAsync(
            new Estate { Vms = [Of("sick", load), Of("off", load), Of("never", load), Of("moved", load)] }, await TestDatabase.CreateAsync(provider, postgres));
        await using var session = await bench.OpenAsync();
        var inventory = await session.ReadInventoryAsync(Cancel);
        var store = new InventoryStore(bench.Database.Factory, bench.Time);
        await store.SaveAsync(bench.Source, inventory, Cancel);
        var vms = inventory.Vms.ToDictionary(vm => vm.Name);
        bench.Server.Faults.SetPower("off", "poweredOff");
        await bench.Watches.RemoveAsync(bench.Source, vms["never"].Key, Cancel);
        bench.Server.Faults.RecordMove("moved", "VmRelocatedEvent", CollectionBench.Start.AddMinutes(-10));
        await bench.PollAsync();
        for (var i = 0; i < 9; i++)
        {
            bench.Time.Now += TimeSpan.FromMinutes(50);
            await bench.PollAsync();
        }

        bench.Time.Now += TimeSpan.FromMinutes(95); // Longer than the source keeps samples.
        await bench.PollAsync();

        await using var db = bench.Database.Factory.CreateDbContext();
        var known = await BaselineKnowledge.LoadAsync(db, bench.Source, inventory, inventory.Vms, Cancel);
        var ids = inventory.Vms.ToDictionary(vm => vm.Name, vm => Judge(inventory, known, vm, bench.Time.Now));

        ids["sick"].Keys.Order().ShouldBe(["baseline.change-rate", "baseline.conditions", "baseline.gaps", "baseline.short", "baseline.slow-source", "baseline.unhealthy"]);
        ids["sick"]["baseline.conditions"].Assessment.ShouldContain("QNAP");
        ids["sick"]["baseline.gaps"].Assessment.ShouldContain("The source was not reached from");
        ids["moved"].Keys.ShouldContain("baseline.disturbed");
        ids["off"].Keys.ShouldBe(["baseline.missing"]);
        ids["off"]["baseline.missing"].Assessment.ShouldContain("given no sample");
        ids["never"].Keys.ShouldBe(["baseline.missing"]);
        ids["never"]["baseline.missing"].Assessment.ShouldContain("No baseline of the VM was collected");
        known.Facts.Keys.Order().ShouldBe(new[] { vms["sick"].Key, vms["moved"].Key }.Order());

        // From digests the same is found as from the samples themselves.
        var whole = (await new CollectedBaselines(bench.Database.Factory, bench.Samples, store).ForRunAsync(bench.Source, vms["sick"], null, bench.Time.Now, Cancel)).Baseline;
        known.Facts[vms["sick"].Key].Trust.Reasons.ShouldBe(whole.Trust!.Reasons);
        var summary = BaselineSummary.Of(whole).Disks.ShouldHaveSingleItem();
        known.Facts[vms["sick"].Key].WriteBytesPerSecond!.Value.ShouldBe(summary.Write.MeanBytesPerSecond!.Value, 1);
        known.Facts[vms["sick"].Key].WorstLatencyUs!.Value.ShouldBeInRange(summary.Write.P95Of20sMeansUs!.Value, summary.Write.P95Of20sMeansUs!.Value * 1.07);
    }

    [Fact]
    public async Task The_last_hour_that_a_run_took_is_a_baseline_too_and_not_an_empty_one()
    {
        await using var bench = await CollectionBench.StartAsync(new Estate { Vms = [Of("db01", new EstateLoad { Gaps = 0 })] });
        await using var session = await bench.OpenAsync();
        var inventory = await session.ReadInventoryAsync(Cancel);
        var vm = inventory.Vms.Single();
        await bench.Watches.RemoveAsync(bench.Source, vm.Key, Cancel);
        bench.Server.Faults.RecordTask("db01", "VirtualMachine.createSnapshot", CollectionBench.Start.AddMinutes(-30));
        var collected = new CollectedBaselines(bench.Database.Factory, bench.Samples, new InventoryStore(bench.Database.Factory, bench.Time));
        var (baseline, series) = await collected.ForRunAsync(bench.Source, vm, session, bench.Time.Now, Cancel);
        baseline.Trust!.Reasons.Select(reason => reason.Code).ShouldBe([TrustCode.WindowBelowADay, TrustCode.SnapshotTaken], "the source's events are read although nothing collected them");
        await new BaselineStore(bench.Database.Factory).SaveAsync(bench.Source, baseline, Cancel, series);

        await using var db = bench.Database.Factory.CreateDbContext();
        var known = await BaselineKnowledge.LoadAsync(db, bench.Source, inventory, inventory.Vms, Cancel);

        known.Facts[vm.Key].Trust.Reasons.ShouldBe(baseline.Trust.Reasons);
        known.Facts[vm.Key].WriteBytesPerSecond!.Value.ShouldBeGreaterThan(0);
        Judge(inventory, known, vm, bench.Time.Now).Keys.Order().ShouldBe(["baseline.disturbed", "baseline.short"]);
    }

    private static EstateVm Of(string name, EstateLoad load) => new() { Name = name, Load = load, Disks = [new EstateDisk { Capacity = 1 << 20 }] };

    private static Dictionary<string, Concern> Judge(SourceInventory inventory, BaselineKnowledge known, Vm vm, DateTime now) =>
        new Surroundings(inventory) { Baselines = known, Plan = new PlanScope(new TargetHost { Name = "kvm1" }, [vm]), Now = now }
            .Judge(vm, MigrationMode.Cold, new PlanPolicy()).Where(concern => concern.Id.StartsWith("baseline.")).ToDictionary(concern => concern.Id);
}
