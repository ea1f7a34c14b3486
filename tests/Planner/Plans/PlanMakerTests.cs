using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Planner.Tests.Inventory;
using Migrate.Planner.Tests.Persistence;

namespace Migrate.Planner.Tests.Plans;

[UsesDatabase]
public class PlanMakerTests(PostgresCluster postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static readonly PlanRequest Request = new()
    {
        Name = "first",
        SourceName = "vc1",
        KvmHostName = "kvm1",
        VmNames = ["web01", "db01"],
        Policy = new PlanPolicy { Networks = new Dictionary<string, NetworkMapping> { ["VM Network"] = new("bridge", "br0") } },
    };

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task A_plan_holds_what_was_decided_and_found(Provider provider)
    {
        await using TestDatabase database = await PreparedAsync(provider, Estate.Vm(), Estate.Vm("vm-2", "db01") with
        {
            Disks = [Estate.Disk() with { DatastoreKey = "datastore-2", FileName = "[vsanDatastore] db01/db01.vmdk" }],
            IsTemplate = true,
            PowerState = "suspended",
        });

        Plan plan = await Maker(database).CreateAsync(Request with { Waves = new Dictionary<string, int> { ["web01"] = 2 } }, Token);
        PlanView view = (await new PlanViews(database.Factory).FindAsync("first", null, 0, 10, Token))!;

        view.Id.ShouldBe(plan.Id);
        (view.SourceName, view.KvmHostName, view.InventoryVersion, view.Mode).ShouldBe(("vc1", "kvm1", 1, MigrationMode.Cold));
        view.Policy.Networks["VM Network"].ShouldBe(new NetworkMapping("bridge", "br0"));
        view.Vms.Total.ShouldBe(2);
        view.Vms.Items.Select(vm => (vm.VmName, vm.Wave)).ShouldBe([("db01", 1), ("web01", 2)]);
        PlanVmView db01 = view.Vms.Items[0];
        db01.Concerns.Where(concern => concern.Severity == ConcernSeverity.Critical).ShouldHaveSingleItem().Id.ShouldBe("vm.suspended");
        db01.Concerns.Select(concern => concern.Id).ShouldContain("vm.template");
        db01.Concerns.CountBy(concern => concern.Severity).ToDictionary().ShouldBe(new Dictionary<ConcernSeverity, int>
        {
            [ConcernSeverity.Critical] = db01.CriticalCount,
            [ConcernSeverity.Warning] = db01.WarningCount,
            [ConcernSeverity.Information] = db01.InformationCount,
        });
        db01.Disks.ShouldHaveSingleItem().Reader.ShouldBe("export-lease");
        PlannedDisk disk = view.Vms.Items[1].Disks.ShouldHaveSingleItem();
        disk.Reader.ShouldBe("https-folder");
        disk.NamespaceUuid.ShouldBe(NamespaceUuid.For(Estate.Vm(), Estate.Disk()));
        disk.NamespaceUuid.ShouldNotBe(db01.Disks[0].NamespaceUuid);
        view.Waves.Select(wave => (wave.Wave, wave.VmCount, wave.CriticalCount)).ShouldBe([(1, 1, 1), (2, 1, 0)]);
        (await new PlanViews(database.Factory).FindAsync(plan.Id.ToString(), 2, 0, 10, Token))!.Vms.Items.ShouldHaveSingleItem().VmName.ShouldBe("web01");
        PlanListItem item = (await new PlanViews(database.Factory).ListAsync(null, null, 0, 10, Token)).Items.ShouldHaveSingleItem();
        item.Name.ShouldBe("first");
        item.Waves.ShouldBe(view.Waves);
    }

    [Fact]
    public async Task VMs_keep_the_order_they_were_named_in()
    {
        await using TestDatabase database = await PreparedAsync(null, [.. Enumerable.Range(0, 20).Select(i => Estate.Vm($"vm-{i}", $"n{i:00}"))]);
        string[] order = [.. Enumerable.Range(0, 20).Reverse().Select(i => $"n{i:00}")];

        await Maker(database).CreateAsync(Request with { VmNames = order }, Token);
        PlanViews views = new(database.Factory);

        (await views.FindAsync("first", null, 0, 20, Token))!.Vms.Items.Select(vm => vm.VmName).ShouldBe(order);
        (await views.FindAsync("first", null, 5, 3, Token))!.Vms.Items.Select(vm => vm.VmName).ShouldBe(order[5..8]);
        (await views.FindAsync("other", null, 0, 20, Token)).ShouldBeNull();
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_said_at_once_and_nothing_is_stored()
    {
        await using TestDatabase database = await PreparedAsync(null,
            Estate.Vm(), Estate.Vm("vm-2", "twin"), Estate.Vm("vm-3", "twin"), Estate.Vm("vm-4", "lost") with { InstanceUuid = null },
            Estate.Vm("vm-5", "cloned") with { Disks = [Estate.Disk(2000), Estate.Disk(2001) with { Uuid = Estate.Disk(2000).Uuid!.ToLowerInvariant() }] });

        PlanRefusedException refused = await Should.ThrowAsync<PlanRefusedException>(() => Maker(database).CreateAsync(Request with
        {
            Name = " x",
            KvmHostName = "kvm2",
            VmNames = ["web01", "web01", "wbe01", "twin", "lost", "cloned", "entirely-else"],
            Mode = MigrationMode.Warm,
            Waves = new Dictionary<string, int> { ["web01"] = 0, ["web09"] = 1 },
            Policy = new PlanPolicy
            {
                Networks = new Dictionary<string, NetworkMapping> { ["VM Netwrok"] = new("bridge", ""), ["network-x"] = new("tunnel", "a") },
                ExpectConsole = new Dictionary<string, string> { ["web1"] = "up", ["web01"] = "" },
                BootTimeoutSeconds = 0,
                ObserveSeconds = -1,
                ObserveAtMostSeconds = 604_801,
                AgentWaitSeconds = -1,
                CutOverWindows = [new(DateTime.UnixEpoch, DateTime.UnixEpoch)],
            },
        }, Token));

        refused.Code.ShouldBe("plan.refused");
        refused.Problems.Select(problem => (problem.Code, problem.Subject)).ShouldBe(
        [
            ("plan.bad-name", " x"), ("plan.unknown-kvm-host", "kvm2"),
            ("plan.duplicate-vm", "web01"), ("plan.unknown-vm", "wbe01"), ("plan.ambiguous-vm", "twin"), ("plan.unknown-vm", "entirely-else"),
            ("plan.unknown-network", "VM Netwrok"), ("plan.network-without-name", "VM Netwrok"), ("plan.unknown-network", "network-x"), ("plan.bad-network-kind", "network-x"),
            ("plan.unmapped-network", "VM Network"), ("plan.console-for-unknown-vm", "web1"), ("plan.empty-console-text", "web01"),
            ("plan.bad-boot-timeout", "bootTimeoutSeconds"), ("plan.bad-observation", "observeSeconds"), ("plan.bad-observation", "observeAtMostSeconds"), ("plan.bad-agent-wait", "agentWaitSeconds"), ("plan.bad-window", "cutOverWindows"),
            ("plan.vm-without-identity", "lost"), ("plan.duplicate-disk-uuid", "cloned"), ("plan.bad-wave", "web01"), ("plan.wave-for-unknown-vm", "web09"),
        ], ignoreOrder: true);
        Remedy("wbe01").ShouldBe("Did you mean 'web01'?");
        Remedy("kvm2").ShouldBe("Did you mean 'kvm1'?");
        Remedy("entirely-else").ShouldNotContain("Did you mean");
        refused.Problems.Single(problem => problem.Subject == "twin").Message.ShouldContain("vm-2");
        await using MigrateDb db = database.Factory.CreateDbContext();
        (await db.Plans.CountAsync(Token) + await db.PlanVms.CountAsync(Token)).ShouldBe(0);

        string Remedy(string subject) => refused.Problems.First(problem => problem.Subject == subject).Remedy;
    }

    [Fact]
    public async Task A_key_names_a_VM_whose_name_is_not_unique()
    {
        await using TestDatabase database = await PreparedAsync(null, Estate.Vm("vm-2", "twin"), Estate.Vm("vm-3", "twin"));

        Plan plan = await Maker(database).CreateAsync(Request with { VmNames = ["vm-3"] }, Token);

        (await new PlanViews(database.Factory).FindAsync(plan.Name, null, 0, 1, Token))!.Vms.Items.ShouldHaveSingleItem().VmKey.ShouldBe("vm-3");
    }

    [Fact]
    public async Task A_VM_of_files_is_refused_warm_with_what_is_true_of_it()
    {
        await using TestDatabase database = await PreparedAsync(null, new SourceAbout("1 .vmx files", "vmx", "", ""), Estate.Vm() with { HostKey = null });

        var refused = await Should.ThrowAsync<PlanRefusedException>(() => Maker(database).CreateAsync(Request with { Mode = MigrationMode.Warm }, Token));

        PlanProblem problem = refused.Problems.Where(one => one.Code == "plan.warm-unreadable").ShouldHaveSingleItem();
        problem.Message.ShouldContain("runs nowhere");
        problem.Remedy.ShouldNotContain("VDDK");
    }

    [Fact]
    public async Task Each_VM_moves_as_the_plan_says_unless_its_own_mode_is_named_and_warm_needs_a_reader_of_ranges()
    {
        await using TestDatabase database = await PreparedAsync(null, Estate.Vm(), Estate.Vm("vm-2", "db01") with
        {
            Disks = [Estate.Disk() with { DatastoreKey = "datastore-2", FileName = "[vsanDatastore] db01/db01.vmdk" }],
        });
        PlanRequest warm = Request with { Mode = MigrationMode.Warm };

        var refused = await Should.ThrowAsync<PlanRefusedException>(() => Maker(database).CreateAsync(
            warm with { Policy = warm.Policy with { Modes = new Dictionary<string, MigrationMode> { ["db1"] = MigrationMode.Cold }, Warm = new() { AllowedDowntimeSeconds = 0, MostPasses = 0 } } }, Token));
        refused.Problems.Select(problem => (problem.Code, problem.Subject)).ShouldBe(
        [
            ("plan.mode-for-unknown-vm", "db1"), ("plan.bad-downtime", "warm.allowedDowntimeSeconds"), ("plan.bad-pass-limit", "warm.mostPasses"),
            ("plan.warm-unreadable", "db01"),
        ]);

        await Maker(database).CreateAsync(warm with { Policy = warm.Policy with { Modes = new Dictionary<string, MigrationMode> { ["db01"] = MigrationMode.Cold } } }, Token);
        PlanView view = (await new PlanViews(database.Factory).FindAsync("first", null, 0, 10, Token))!;
        view.Mode.ShouldBe(MigrationMode.Warm);
        view.Vms.Items.Select(vm => (vm.VmName, vm.Mode)).ShouldBe([("web01", MigrationMode.Warm), ("db01", MigrationMode.Cold)]);
        view.Policy.Warm.ShouldBe(new WarmPolicy());
    }

    [Fact]
    public async Task An_empty_plan_an_unknown_source_and_one_without_an_inventory_are_refused()
    {
        await using TestDatabase database = await PreparedAsync(null, Estate.Vm());
        await database.AddSourceAsync("empty");

        (await CodesAsync(database, Request with { VmNames = [] })).ShouldBe(["plan.no-vms"]);
        (await CodesAsync(database, Request with { SourceName = "vc2" })).ShouldBe(["plan.unknown-source"]);
        (await CodesAsync(database, Request with { SourceName = "empty" })).ShouldBe(["plan.no-inventory"]);
    }

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task A_name_is_given_once_even_to_two_at_a_time(Provider provider)
    {
        await using TestDatabase database = await PreparedAsync(provider, Estate.Vm());
        PlanRequest request = Request with { VmNames = ["web01"] };

        Task<Plan>[] makers = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() => Maker(database).CreateAsync(request, Token), Token))];
        await Task.WhenAll(makers.Select(maker => maker.ContinueWith(_ => { }, TaskScheduler.Default)));

        makers.Count(maker => maker.IsCompletedSuccessfully).ShouldBe(1);
        makers.Where(maker => maker.IsFaulted).ShouldAllBe(maker => ((PlanRefusedException)maker.Exception!.InnerException!).Problems[0].Code == "plan.name-taken");
        (await CodesAsync(database, request)).ShouldBe(["plan.name-taken"]);
    }

    [Theory]
    [InlineData(RunPhase.Seeding, "plan.vm-in-active-run")]
    [InlineData(RunPhase.Failed, "plan.vm-in-active-run")]
    [InlineData(RunPhase.Completed, "plan.vm-already-moved")]
    [InlineData(RunPhase.RolledBack, null)]
    public async Task A_VM_that_a_run_has_cannot_be_planned_again(RunPhase phase, string? code)
    {
        await using TestDatabase database = await PreparedAsync(null, Estate.Vm(), Estate.Vm("vm-2", "db01"));
        Plan first = await Maker(database).CreateAsync(Request, Token);
        await using (MigrateDb db = database.Factory.CreateDbContext())
        {
            db.Runs.Add(new Run { Id = Guid.NewGuid(), PlanId = first.Id, VmKey = "vm-1", VmName = "web01", Phase = phase });
            await db.SaveChangesAsync(Token);
        }
        PlanRequest again = Request with { Name = "second" };

        if (code is null)
        {
            (await Maker(database).CreateAsync(again, Token)).Name.ShouldBe("second");
        }
        else
        {
            (await CodesAsync(database, again)).ShouldBe([code]);
        }
    }

    [Fact]
    public async Task A_VM_that_a_run_of_another_source_has_cannot_be_planned_either_since_its_disks_are_the_same_namespaces()
    {
        await using TestDatabase database = await PreparedAsync(null, Estate.Vm(), Estate.Vm("vm-2", "db01"));
        Plan first = await Maker(database).CreateAsync(Request, Token);
        // The vCenter's own ESXi host as a source shows the same VM by another key.
        Guid host = await database.AddSourceAsync("esx01");
        await InventoryStoreTests.Store(database).SaveAsync(host, Estate.Of(Estate.Vm() with { Key = "7" }), Token);
        await using (MigrateDb db = database.Factory.CreateDbContext())
        {
            Guid run = Guid.NewGuid();
            db.Runs.Add(new Run { Id = run, PlanId = first.Id, VmKey = "vm-1", VmName = "web01", Phase = RunPhase.Completed });
            Vm vm = Estate.Vm();
            db.RunDisks.Add(new RunDisk { Id = Guid.NewGuid(), RunId = run, DiskKey = vm.Disks[0].Key, Label = "Hard disk 1", Reader = "https-folder", NamespaceUuid = NamespaceUuid.For(vm, vm.Disks[0]) });
            await db.SaveChangesAsync(Token);
        }

        PlanProblem problem = (await Should.ThrowAsync<PlanRefusedException>(() => Maker(database).CreateAsync(Request with { Name = "second", SourceName = "esx01", VmNames = ["web01"] }, Token)))
            .Problems.ShouldHaveSingleItem();
        problem.Code.ShouldBe("plan.vm-already-moved");
        problem.Message.ShouldContain("'first' of the source 'vc1', which has the same VM");
    }

    private static async Task<IEnumerable<string>> CodesAsync(TestDatabase database, PlanRequest request) =>
        (await Should.ThrowAsync<PlanRefusedException>(() => Maker(database).CreateAsync(request, Token))).Problems.Select(problem => problem.Code);

    private static PlanMaker Maker(TestDatabase database) => new(database.Factory, InventoryStoreTests.Store(database), new ReaderMeans(), TimeProvider.System);

    /// <param name="provider">Null for the one that these tests were asked to run on.</param>
    private Task<TestDatabase> PreparedAsync(Provider? provider, params Vm[] vms) => PreparedAsync(provider, Estate.Of(vms).About, vms);

    private async Task<TestDatabase> PreparedAsync(Provider? provider, SourceAbout about, params Vm[] vms)
    {
        TestDatabase database = provider is { } asked ? await TestDatabase.CreateAsync(asked, postgres) : await TestDatabase.CreateAsync();
        Guid source = await database.AddSourceAsync();
        await InventoryStoreTests.Store(database).SaveAsync(source, Estate.Of(vms) with { About = about }, Token);
        await using MigrateDb db = database.Factory.CreateDbContext();
        db.KvmHosts.Add(new KvmHost { Id = Guid.NewGuid(), Name = "kvm1", Uri = "qemu:///system" });
        await db.SaveChangesAsync(Token);
        return database;
    }
}
