using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Planner.Tests.Inventory;
using Migrate.Planner.Tests.Persistence;

namespace Migrate.Planner.Tests.Plans;

/// <summary>VMs that come into a plan which there is, and that are taken out of it.</summary>
public class PlanAdditionTests(PostgresCluster postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static readonly Vm Web = Estate.Vm();
    private static readonly Vm Db = Estate.Vm("vm-2", "db01");
    private static readonly Vm Late = Estate.Vm("vm-3", "late01");

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task A_plan_without_runs_is_afterwards_as_if_it_had_been_made_with_all_its_VMs(Provider provider)
    {
        await using TestDatabase database = await PreparedAsync(provider, Web, Db);
        await SyncAsync(database, Web with { PowerState = "suspended" }, Db, Late);

        PlanAddition added = await Maker(database).AddAsync(
            new PlanAdditionRequest { Plan = "first", VmNames = ["late01"], ExpectConsole = new Dictionary<string, string> { ["late01"] = "login:" } }, Token);

        added.VmNames.ShouldBe(["late01"]);
        (added.Wave, added.InventoryVersion, added.WavesToPlanAnew).ShouldBe((1, 2, null));
        PlanView view = await ViewAsync(database);
        view.InventoryVersion.ShouldBe(2);
        view.Policy.ExpectConsole["late01"].ShouldBe("login:");
        view.Vms.Items.Select(vm => vm.VmName).ShouldBe(["web01", "db01", "late01"]);
        view.Vms.Items[0].Concerns.Select(concern => concern.Id).ShouldContain("vm.suspended");
        await Maker(database).CreateAsync(Request with { Name = "whole", VmNames = ["web01", "db01", "late01"], Policy = view.Policy }, Token);
        PlanView whole = await ViewAsync(database, "whole");
        for (int i = 0; i < 3; i++)
        {
            view.Vms.Items[i].Concerns.ShouldBe(whole.Vms.Items[i].Concerns);
            view.Vms.Items[i].Disks.Select(disk => (disk.Reader, disk.NamespaceUuid)).ShouldBe(whole.Vms.Items[i].Disks.Select(disk => (disk.Reader, disk.NamespaceUuid)));
        }
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_said_at_once_and_nothing_comes_in()
    {
        Vm elsewhere = Late with { Nics = [Late.Nics[0] with { NetworkName = "DB Network" }] };
        await using TestDatabase database = await PreparedAsync(Provider.Sqlite, Web, Db, elsewhere, Estate.Vm("vm-4", "lost") with { InstanceUuid = null });

        PlanRefusedException refused = await Should.ThrowAsync<PlanRefusedException>(() => Maker(database).AddAsync(
            new PlanAdditionRequest
            {
                Plan = "first",
                VmNames = ["late01", "web01", "lost", "lat01"],
                Wave = 0,
                Networks = new Dictionary<string, NetworkMapping> { ["VM Network"] = new("bridge", "br7") },
                Modes = new Dictionary<string, MigrationMode> { ["nobody"] = MigrationMode.Warm },
            }, Token));

        refused.Message.ShouldStartWith("The plan 'first' was not changed: 7 problems.");
        refused.Problems.Select(problem => (problem.Code, problem.Subject)).ShouldBe(
        [
            ("plan.mapping-differs", "VM Network"), ("plan.bad-wave", "wave 0"), ("plan.unknown-vm", "lat01"), ("plan.vm-already-planned", "web01"), ("plan.unmapped-network", "DB Network"),
            ("plan.mode-for-unknown-vm", "nobody"), ("plan.vm-without-identity", "lost"),
        ], ignoreOrder: true);
        PlanView view = await ViewAsync(database);
        view.Vms.Total.ShouldBe(2);
        view.Policy.Networks.Count.ShouldBe(1);

        PlanAddition mended = await Maker(database).AddAsync(
            new PlanAdditionRequest { Plan = "first", VmNames = ["late01"], Wave = 3, Networks = new Dictionary<string, NetworkMapping> { ["DB Network"] = new("bridge", "br1") } }, Token);
        mended.Wave.ShouldBe(3);
        (await ViewAsync(database)).Policy.Networks["DB Network"].ShouldBe(new NetworkMapping("bridge", "br1"));
        (await Should.ThrowAsync<MigrateException>(() => Maker(database).AddAsync(new PlanAdditionRequest { Plan = "none-such", VmNames = ["late01"] }, Token))).Code.ShouldBe("plan.unknown");
    }

    [Fact]
    public async Task Runs_go_by_their_inventory_so_that_a_plan_which_has_some_keeps_it_and_a_started_wave_takes_no_more()
    {
        await using TestDatabase database = await PreparedAsync(Provider.Sqlite, Web, Db, Late);
        await SyncAsync(database, Web with { PowerState = "suspended" }, Db, Late, Estate.Vm("vm-9", "new01"));
        await RunAsync(database, "vm-1", RunPhase.Seeding);
        IReadOnlyList<Concern> concerns = (await ViewAsync(database)).Vms.Items[0].Concerns;

        (await CodesAsync(database, new PlanAdditionRequest { Plan = "first", VmNames = ["late01"], Wave = 1 })).ShouldBe(["plan.wave-started"]);
        PlanProblem newer = (await Should.ThrowAsync<PlanRefusedException>(() => Maker(database).AddAsync(new PlanAdditionRequest { Plan = "first", VmNames = ["new01"] }, Token))).Problems.ShouldHaveSingleItem();
        newer.Code.ShouldBe("plan.unknown-vm");
        newer.Message.ShouldContain("Inventory version 1");

        PlanAddition added = await Maker(database).AddAsync(new PlanAdditionRequest { Plan = "first", VmNames = ["late01"] }, Token);
        (added.Wave, added.InventoryVersion).ShouldBe((2, 1));
        PlanView view = await ViewAsync(database);
        view.Waves.Select(wave => (wave.Wave, wave.VmCount)).ShouldBe([(1, 2), (2, 1)]);
        view.Vms.Items[0].Concerns.ShouldBe(concerns, "nothing is decided anew of what is under way");
    }

    [Fact]
    public async Task What_another_plan_moves_or_has_moved_does_not_come_in_and_what_it_only_plans_does()
    {
        await using TestDatabase database = await PreparedAsync(Provider.Sqlite, Web, Db, Late);
        Plan other = await Maker(database).CreateAsync(Request with { Name = "other", VmNames = ["late01"] }, Token);
        await RunAsync(database, "vm-3", RunPhase.Completed, other.Id);
        (await CodesAsync(database, new PlanAdditionRequest { Plan = "first", VmNames = ["late01"] })).ShouldBe(["plan.vm-already-moved"]);
        await using (MigrateDb db = database.Factory.CreateDbContext())
        {
            await db.Runs.ExecuteUpdateAsync(set => set.SetProperty(run => run.Phase, RunPhase.RolledBack), Token);
        }
        (await Maker(database).AddAsync(new PlanAdditionRequest { Plan = "first", VmNames = ["late01"] }, Token)).Wave.ShouldBe(1);
    }

    [Fact]
    public async Task Approved_waves_mean_the_VMs_that_they_were_approved_with()
    {
        await using TestDatabase database = await PreparedAsync(Provider.Sqlite, Web, Db, Late);
        await using (MigrateDb db = database.Factory.CreateDbContext())
        {
            db.WaveVersions.Add(new WaveVersion
            {
                Id = Guid.NewGuid(),
                PlanId = (await db.Plans.SingleAsync(Token)).Id,
                Number = 4,
                MadeAt = DateTime.UtcNow,
                MadeBy = "ana",
                Rules = "{}",
                Assumptions = "[]",
                Schedule = "{}",
                ApprovedAt = DateTime.UtcNow,
            });
            await db.SaveChangesAsync(Token);
        }

        (await CodesAsync(database, new PlanAdditionRequest { Plan = "first", VmNames = ["late01"], Wave = 1 })).ShouldBe(["plan.waves-approved"]);
        PlanAddition added = await Maker(database).AddAsync(new PlanAdditionRequest { Plan = "first", VmNames = ["late01"] }, Token);

        (added.Wave, added.WavesToPlanAnew).ShouldBe((0, 4));
        (await ViewAsync(database)).Waves.Select(wave => (wave.Wave, wave.VmCount)).ShouldBe([(0, 1), (1, 2)]);
    }

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task Waves_that_are_approved_while_it_is_decided_take_nobody_in(Provider provider)
    {
        await using TestDatabase database = await PreparedAsync(provider, Web, Db, Late);
        Guid version = Guid.NewGuid();
        await using (MigrateDb db = database.Factory.CreateDbContext())
        {
            db.WaveVersions.Add(new WaveVersion
            {
                Id = version,
                PlanId = (await db.Plans.SingleAsync(Token)).Id,
                Number = 1,
                MadeAt = DateTime.UtcNow,
                MadeBy = "ana",
                Rules = "{}",
                Assumptions = "[]",
                Schedule = "{}",
            });
            await db.SaveChangesAsync(Token);
        }
        var meddled = new MeddledDatabases(database.Factory, async () =>
        {
            await using MigrateDb db = database.Factory.CreateDbContext();
            await db.WaveVersions.Where(x => x.Id == version).ExecuteUpdateAsync(set => set.SetProperty(x => x.ApprovedAt, DateTime.UtcNow), Token);
        });
        var maker = new PlanMaker(meddled, InventoryStoreTests.Store(database), new ReaderMeans(), TimeProvider.System);

        (await Should.ThrowAsync<MigrateException>(() => maker.AddAsync(new PlanAdditionRequest { Plan = "first", VmNames = ["late01"] }, Token))).Code.ShouldBe("plan.changed.busy");

        (await ViewAsync(database)).Vms.Total.ShouldBe(2);
        (await maker.AddAsync(new PlanAdditionRequest { Plan = "first", VmNames = ["late01"] }, Token)).Wave.ShouldBe(0, "it is known now");
    }

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task Two_who_add_at_once_both_succeed_or_are_told(Provider provider)
    {
        await using TestDatabase database = await PreparedAsync(provider, [Web, Db, .. Enumerable.Range(0, 6).Select(i => Estate.Vm($"vm-1{i}", $"n{i}"))]);

        Task<PlanAddition>[] all = [.. Enumerable.Range(0, 6).Select(i => Task.Run(() => Maker(database).AddAsync(new PlanAdditionRequest { Plan = "first", VmNames = [$"n{i}"] }, Token), Token))];
        await Task.WhenAll(all.Select(one => one.ContinueWith(_ => { }, TaskScheduler.Default)));

        int done = all.Count(one => one.IsCompletedSuccessfully);
        done.ShouldBeGreaterThan(0);
        PlanView view = await ViewAsync(database);
        view.Vms.Total.ShouldBe(2 + done);
        await using MigrateDb db = database.Factory.CreateDbContext();
        (await db.PlanVms.Select(vm => vm.Position).Distinct().CountAsync(Token)).ShouldBe(2 + done, "no place is given twice");
    }

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task A_VM_is_taken_out_with_all_that_is_said_of_it_alone(Provider provider)
    {
        await using TestDatabase database = await PreparedAsync(provider, Web, Db, Late);
        await Maker(database).AddAsync(
            new PlanAdditionRequest
            {
                Plan = "first",
                VmNames = ["late01"],
                ExpectConsole = new Dictionary<string, string> { ["late01"] = "login:" },
                Modes = new Dictionary<string, MigrationMode> { ["late01"] = MigrationMode.Warm },
            }, Token);
        Guid run = await RunAsync(database, "vm-3", RunPhase.RolledBack);
        await RunAsync(database, "vm-1", RunPhase.Seeding);
        await using (MigrateDb db = database.Factory.CreateDbContext())
        {
            db.RunEvents.Add(new RunEvent { RunId = run, At = DateTime.UtcNow, Message = "done" });
            db.ConcernOverrides.Add(new ConcernOverride
            {
                Id = Guid.NewGuid(),
                PlanId = (await db.Plans.SingleAsync(Token)).Id,
                VmKey = "vm-3",
                VmName = "late01",
                ConcernId = "vm.suspended",
                Findings = "[]",
                Fingerprint = "",
                Reason = "it is",
                GivenBy = "ana",
                GivenAt = DateTime.UtcNow,
            });
            await db.SaveChangesAsync(Token);
        }

        await Removal(database).RemoveVmAsync("first", "late01", "tester", Token);

        PlanView view = await ViewAsync(database);
        view.Vms.Items.Select(vm => vm.VmName).ShouldBe(["web01", "db01"]);
        (view.Policy.ExpectConsole.Count, view.Policy.Modes.Count).ShouldBe((0, 0));
        await using MigrateDb after = database.Factory.CreateDbContext();
        (await after.Runs.SingleAsync(Token)).VmKey.ShouldBe("vm-1");
        (await after.RunEvents.CountAsync(Token)).ShouldBe(0);
        (await after.ConcernOverrides.SingleAsync(Token)).LiftedBy.ShouldBe("tester");
        (await after.Plans.SingleAsync(Token)).VmsChangedAt.ShouldNotBeNull();
        (await Should.ThrowAsync<MigrateException>(() => Removal(database).RemoveVmAsync("first", "late01", "tester", Token))).Code.ShouldBe("vm.unknown");
        (await Maker(database).AddAsync(new PlanAdditionRequest { Plan = "first", VmNames = ["late01"] }, Token)).VmNames.ShouldBe(["late01"]);
    }

    [Theory, InlineData(RunPhase.Planned), InlineData(RunPhase.Failed), InlineData(RunPhase.Paused), InlineData(RunPhase.Completed)]
    public async Task A_VM_stays_that_a_run_has_or_moved_and_so_does_the_only_one(RunPhase phase)
    {
        await using TestDatabase database = await PreparedAsync(Provider.Sqlite, Web, Db);
        await RunAsync(database, "vm-1", phase);

        MigrateException held = await Should.ThrowAsync<MigrateException>(() => Removal(database).RemoveVmAsync("first", "web01", "tester", Token));
        held.Code.ShouldBe("plan.vm.in-use");
        held.Message.ShouldContain(phase == RunPhase.Completed ? "it was moved by it" : $"its run is {phase}");
        await Removal(database).RemoveVmAsync("first", "vm-2", "tester", Token);
        (await Should.ThrowAsync<MigrateException>(() => Removal(database).RemoveVmAsync("first", "web01", "tester", Token))).Code.ShouldBe("plan.vm.in-use");
        await using (MigrateDb db = database.Factory.CreateDbContext())
        {
            await db.Runs.ExecuteDeleteAsync(Token);
        }
        (await Should.ThrowAsync<MigrateException>(() => Removal(database).RemoveVmAsync("first", "web01", "tester", Token))).Code.ShouldBe("plan.last-vm");
    }

    private static readonly PlanRequest Request = new()
    {
        Name = "first",
        SourceName = "vc1",
        KvmHostName = "kvm1",
        VmNames = ["web01", "db01"],
        Policy = new PlanPolicy { Networks = new Dictionary<string, NetworkMapping> { ["VM Network"] = new("bridge", "br0") } },
    };

    private static PlanMaker Maker(TestDatabase database) => new(database.Factory, InventoryStoreTests.Store(database), new ReaderMeans(), TimeProvider.System);

    private static PlanRemoval Removal(TestDatabase database) => new(database.Factory, TimeProvider.System, NullLogger<PlanRemoval>.Instance);

    private static async Task<PlanView> ViewAsync(TestDatabase database, string name = "first") => (await new PlanViews(database.Factory).FindAsync(name, null, 0, 100, Token))!;

    private static async Task<IEnumerable<string>> CodesAsync(TestDatabase database, PlanAdditionRequest request) =>
        (await Should.ThrowAsync<PlanRefusedException>(() => Maker(database).AddAsync(request, Token))).Problems.Select(problem => problem.Code);

    private static async Task<Guid> RunAsync(TestDatabase database, string key, RunPhase phase, Guid? plan = null)
    {
        await using MigrateDb db = database.Factory.CreateDbContext();
        PlanVm vm = await db.PlanVms.FirstAsync(one => one.VmKey == key && (plan == null || one.PlanId == plan), Token);
        Run run = new() { Id = Guid.NewGuid(), PlanId = vm.PlanId, PlanVmId = vm.Id, VmKey = key, VmName = vm.VmName, Wave = vm.Wave, Phase = phase, CreatedAt = DateTime.UtcNow };
        db.Runs.Add(run);
        await db.SaveChangesAsync(Token);
        return run.Id;
    }

    private static async Task SyncAsync(TestDatabase database, params Vm[] vms)
    {
        await using MigrateDb db = database.Factory.CreateDbContext();
        await InventoryStoreTests.Store(database).SaveAsync((await db.Sources.SingleAsync(Token)).Id, Estate.Of(vms), Token);
    }

    private async Task<TestDatabase> PreparedAsync(Provider provider, params Vm[] vms)
    {
        TestDatabase database = await TestDatabase.CreateAsync(provider, postgres);
        Guid source = await database.AddSourceAsync();
        await InventoryStoreTests.Store(database).SaveAsync(source, Estate.Of(vms), Token);
        await using (MigrateDb db = database.Factory.CreateDbContext())
        {
            db.KvmHosts.Add(new KvmHost { Id = Guid.NewGuid(), Name = "kvm1", Uri = "qemu:///system" });
            await db.SaveChangesAsync(Token);
        }
        await Maker(database).CreateAsync(Request, Token);
        return database;
    }
}
