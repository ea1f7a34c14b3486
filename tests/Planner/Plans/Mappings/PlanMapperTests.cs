using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Planner.Plans.Mappings;
using Migrate.Planner.Tests.Inventory;
using Migrate.Planner.Tests.Persistence;

namespace Migrate.Planner.Tests.Plans.Mappings;

/// <summary>What networks become is changed in a plan that there is, before, while and after its VMs move.</summary>
public class PlanMapperTests(PostgresCluster postgres)
{
    private const string Front = "VM Network";
    private const string Back = "DB Network";
    private const string Facts = """
        { "libvirt": "10.0.0", "qemu": "8.2.0", "cpuModel": "Skylake-Server", "cpus": 8, "numaNodes": 1, "memoryBytes": 68719476736, "readAt": "2026-03-01T10:00:00Z", "nics": [{ "name": "eth0", "kind": "physical" }, { "name": "br0", "kind": "bridge" }, { "name": "br1", "kind": "bridge" }],
          "networks": [{ "name": "default", "active": true, "forward": "nat", "bridge": "virbr0" }] }
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static readonly Vm Web = Estate.Vm();
    private static readonly Vm Db = On(Estate.Vm("vm-2", "db01"), Back);

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task What_is_named_changes_and_the_rest_stays(Provider provider)
    {
        await using TestDatabase database = await PreparedAsync(provider);

        MappingChange change = await ChangeAsync(database, (Front, new("network", "default")), (Back, new("bridge", "br1")));

        change.Changed.ShouldBe([new ChangedMapping(Front, new("bridge", "br0"), new("network", "default"), 1)], "the other one was so already");
        (change.Runs.Count, change.WithoutWave.Count, change.ApprovedVersion).ShouldBe((0, 0, null));
        PlanView view = await ViewAsync(database);
        view.Policy.Networks.ShouldBe(new Dictionary<string, NetworkMapping> { [Front] = new("network", "default"), [Back] = new("bridge", "br1") }, ignoreOrder: true);
        view.Policy.ExpectConsole["web01"].ShouldBe("login:");
        (await ChangeAsync(database, (Front, new("network", "default")))).Changed.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_stands_against_VMs_is_judged_anew()
    {
        await using TestDatabase database = await PreparedAsync(Provider.Sqlite);
        PlanVmView before = (await ViewAsync(database)).Vms.Items[0];

        await ChangeAsync(database, (Front, new("none", "left over")));
        PlanVmView none = (await ViewAsync(database)).Vms.Items[0];
        await ChangeAsync(database, (Front, new("bridge", "br0")));

        Concern left = none.Concerns.Where(concern => concern.Id == "nic.unmapped").ShouldHaveSingleItem();
        left.Severity.ShouldBe(ConcernSeverity.Information);
        none.InformationCount.ShouldBe(before.InformationCount + 1);
        (await ViewAsync(database)).Policy.Networks[Front].ShouldBe(new NetworkMapping("bridge", "br0"));
        (await ViewAsync(database)).Vms.Items[0].Concerns.ShouldBe(before.Concerns);
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_said_at_once_and_nothing_changes()
    {
        await using TestDatabase database = await PreparedAsync(Provider.Sqlite);
        await RunAsync(database, "vm-1", run => run.Phase = RunPhase.CuttingOver);

        PlanRefusedException refused = await Should.ThrowAsync<PlanRefusedException>(() => Mapper(database).ChangeAsync(
            Request((Front, new("bridge", "br7")), ("VM Netwrk", new("bridge", "br0")), ("Other", new("tunnel", "x"))) with { Forget = [Back, "Gone", "Other"], Reason = "" }, Token));

        refused.Message.ShouldStartWith("The plan 'first' was not changed: 10 problems.");
        refused.Problems.Select(problem => (problem.Code, problem.Subject)).ShouldBe(
        [
            ("plan.mapping-twice", "Other"), ("plan.unknown-mapping", "Gone"), ("plan.unknown-mapping", "Other"), ("plan.unknown-network", "VM Netwrk"), ("plan.unknown-network", "Other"),
            ("plan.bad-network-kind", "Other"), ("plan.unmapped-network", Back), ("plan.host-without-network", Front), ("plan.mapping-in-use", "web01"), ("plan.mapping-reason", "reason"),
        ], ignoreOrder: true);
        refused.Problems.Single(problem => problem.Code == "plan.host-without-network").Remedy.ShouldContain("It has br0, br1.");
        (await ViewAsync(database)).Policy.Networks.Count.ShouldBe(2);
        (await CodesAsync(database, Request())).ShouldBe(["plan.no-mappings"]);
        (await CodesAsync(database, Request((Back, new("network", "storage"))))).ShouldBe(["plan.host-without-network"]);
        (await Should.ThrowAsync<MigrateException>(() => Mapper(database).ChangeAsync(Request() with { Plan = "none-such" }, Token))).Code.ShouldBe("plan.unknown");
    }

    [Fact]
    public async Task A_host_that_could_not_be_looked_at_refuses_no_name()
    {
        await using TestDatabase database = await PreparedAsync(Provider.Sqlite, facts: "{}");
        (await ChangeAsync(database, (Front, new("bridge", "br7")), (Back, new("network", "storage")))).Changed.Count.ShouldBe(2);
    }

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task A_run_before_its_cutover_gets_it_and_what_was_approved_for_it_no_longer_holds(Provider provider)
    {
        await using TestDatabase database = await PreparedAsync(provider);
        Guid front = await RunAsync(database, "vm-1", Approved);
        Guid back = await RunAsync(database, "vm-2", Approved);

        MappingChange change = await ChangeAsync(database, (Front, new("bridge", "br1")));

        change.Runs.ShouldBe(["web01"]);
        await using MigrateDb db = database.Factory.CreateDbContext();
        Run touched = await db.Runs.SingleAsync(run => run.Id == front, Token);
        (touched.Approval, touched.CutOverAt, touched.CutOverForced, touched.Phase).ShouldBe((null, null, false, RunPhase.Ready));
        RunEvent told = await db.RunEvents.SingleAsync(Token);
        (told.RunId, told.Level).ShouldBe((front, "warning"));
        told.Message.ShouldBe("the network 'VM Network' becomes bridge br1 instead of bridge br0, by ana: the hosts have a new bridge What was approved by the old mapping no longer holds: approve it again.");
        Run other = await db.Runs.SingleAsync(run => run.Id == back, Token);
        (other.Approval, other.CutOverAt, other.CutOverForced).ShouldBe(("{}", Moment, true), "it is not on that network");

        static void Approved(Run run) => (run.Phase, run.Approval, run.CutOverAt, run.CutOverForced) = (RunPhase.Ready, "{}", Moment, true);
    }

    [Theory]
    [InlineData(RunPhase.Planned, RunPhase.Planned, false, true)]
    [InlineData(RunPhase.Seeding, RunPhase.Seeding, false, true)]
    [InlineData(RunPhase.Failed, RunPhase.Preparing, false, true)]
    [InlineData(RunPhase.Paused, RunPhase.Syncing, false, true)]
    [InlineData(RunPhase.Seeding, RunPhase.Seeding, true, false)]
    [InlineData(RunPhase.CuttingOver, RunPhase.CuttingOver, false, false)]
    [InlineData(RunPhase.Failed, RunPhase.CuttingOver, false, false)]
    [InlineData(RunPhase.Paused, RunPhase.Validating, false, false)]
    [InlineData(RunPhase.Failed, RunPhase.RolledBack, false, false)]
    public async Task From_its_cutover_on_and_while_it_is_worked_on_a_run_keeps_what_it_has(RunPhase phase, RunPhase resume, bool isOwned, bool isChanged)
    {
        await using TestDatabase database = await PreparedAsync(Provider.Sqlite);
        await RunAsync(database, "vm-1", run => (run.Phase, run.ResumePhase, run.LeaseOwner) = (phase, resume, isOwned ? "a worker" : null));
        await RunAsync(database, "vm-2", run => run.Phase = RunPhase.CuttingOver);

        if (isChanged)
        {
            (await ChangeAsync(database, (Front, new("bridge", "br1")))).Runs.ShouldBe(["web01"]);
        }
        else
        {
            PlanRefusedException refused = await Should.ThrowAsync<PlanRefusedException>(() => ChangeAsync(database, (Front, new("bridge", "br1"))));
            refused.Problems.ShouldHaveSingleItem().Remedy.ShouldContain(isOwned ? "migrate run pause web01" : "roll it back");
        }
        (await ViewAsync(database)).Policy.Networks[Front].Name.ShouldBe(isChanged ? "br1" : "br0");
    }

    [Theory, InlineData(RunPhase.Completed), InlineData(RunPhase.RolledBack)]
    public async Task What_is_over_holds_nothing(RunPhase phase)
    {
        await using TestDatabase database = await PreparedAsync(Provider.Sqlite);
        Guid run = await RunAsync(database, "vm-1", run => (run.Phase, run.Approval) = (phase, "{}"));

        MappingChange change = await Mapper(database).ChangeAsync(Request((Front, new("bridge", "br1"))) with { Reason = "" }, Token);

        (change.Changed.Count, change.Runs.Count).ShouldBe((1, 0));
        await using MigrateDb db = database.Factory.CreateDbContext();
        (await db.Runs.SingleAsync(one => one.Id == run, Token)).Approval.ShouldBe("{}");
        (await db.RunEvents.CountAsync(Token)).ShouldBe(0);
    }

    [Theory]
    [InlineData(MigrationMode.Cold, false, false, false, false, true)]
    [InlineData(MigrationMode.Cold, true, false, false, false, false)]
    [InlineData(MigrationMode.Warm, false, false, false, false, false)]
    [InlineData(MigrationMode.Warm, false, true, false, false, true)]
    [InlineData(MigrationMode.Warm, true, true, false, false, false)]
    [InlineData(MigrationMode.Warm, false, false, true, false, true)]
    [InlineData(MigrationMode.Warm, true, false, false, true, true)]
    public async Task Where_a_VM_goes_down_without_another_word_it_takes_an_approver(MigrationMode mode, bool requiresApproval, bool whenReady, bool hasTimes, bool isDown, bool takesApprover)
    {
        await using TestDatabase database = await PreparedAsync(
            Provider.Sqlite, policy => policy with { RequireApproval = requiresApproval, Warm = policy.Warm with { CutOverWhenReady = whenReady } }, mode);
        await RunAsync(database, "vm-1", run => (run.Phase, run.DowntimeStartedAt) = (RunPhase.Seeding, isDown ? Moment : null));
        await using (MigrateDb db = database.Factory.CreateDbContext())
        {
            await db.PlanVms.Where(vm => vm.VmKey == "vm-1").ExecuteUpdateAsync(set => set.SetProperty(vm => vm.CutOverAt, hasTimes ? Moment : null), Token);
        }
        MappingRequest request = Request((Front, new("bridge", "br1"))) with { IsApprover = false };

        if (takesApprover)
        {
            (await Should.ThrowAsync<MigrateException>(() => Mapper(database).ChangeAsync(request, Token))).Code.ShouldBe("plan.mappings.role-missing");
        }
        else
        {
            (await Mapper(database).ChangeAsync(request, Token)).Runs.ShouldBe(["web01"]);
        }
        (await Mapper(database).ChangeAsync(request with { IsApprover = true }, Token)).Changed.Count.ShouldBe(takesApprover ? 1 : 0);
    }

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task Times_that_were_approved_by_the_old_mapping_no_longer_hold(Provider provider)
    {
        await using TestDatabase database = await PreparedAsync(provider);
        await ApproveAsync(database);

        (await CodesAsync(database, Request((Front, new("bridge", "br1"))) with { Reason = "short" })).ShouldBe(["plan.mapping-reason"]);
        MappingChange change = await ChangeAsync(database, (Front, new("bridge", "br1")));

        (change.WithoutWave.ShouldHaveSingleItem(), change.ApprovedVersion).ShouldBe(("web01", 4));
        await using MigrateDb db = database.Factory.CreateDbContext();
        List<PlanVm> vms = await db.PlanVms.OrderBy(vm => vm.Position).ToListAsync(Token);
        (vms[0].Wave, vms[0].BeginAt, vms[0].CutOverAt, vms[0].CutOverUntil).ShouldBe((0, null, null, null));
        (vms[1].Wave, vms[1].CutOverAt).ShouldBe((1, Moment), "it is not on that network");
        (await db.WaveVersions.SingleAsync(Token)).ApprovedAt.ShouldNotBeNull("what was approved stays on record");
    }

    [Theory]
    [InlineData(Provider.Sqlite, "approved"), InlineData(Provider.Postgres, "approved")]
    [InlineData(Provider.Sqlite, "taken up"), InlineData(Provider.Postgres, "taken up")]
    [InlineData(Provider.Sqlite, "started"), InlineData(Provider.Postgres, "started")]
    [InlineData(Provider.Sqlite, "mapped"), InlineData(Provider.Postgres, "mapped")]
    public async Task What_somebody_does_meanwhile_is_not_overwritten(Provider provider, string what)
    {
        await using TestDatabase database = await PreparedAsync(provider);
        await RunAsync(database, "vm-1", run => run.Phase = RunPhase.Ready);
        var meddled = new MeddledDatabases(database.Factory, async () =>
        {
            await using MigrateDb db = database.Factory.CreateDbContext();
            await (what switch
            {
                "approved" => ApproveAsync(database),
                "taken up" => db.Runs.ExecuteUpdateAsync(set => set.SetProperty(run => run.LeaseOwner, "a worker"), Token),
                "started" => RunAsync(database, "vm-2", run => run.Phase = RunPhase.Planned),
                _ => ChangeAsync(database, (Back, new("bridge", "br0"))),
            });
        });

        (await Should.ThrowAsync<MigrateException>(() => Mapper(database, meddled).ChangeAsync(Request((Front, new("bridge", "br1"))), Token))).Code.ShouldBe("plan.changed.busy");

        (await ViewAsync(database)).Policy.Networks[Front].Name.ShouldBe("br0");
        (await ViewAsync(database)).Policy.Networks[Back].Name.ShouldBe(what == "mapped" ? "br0" : "br1");
    }

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task VMs_that_come_in_at_the_same_time_take_no_mapping_back(Provider provider)
    {
        await using TestDatabase database = await PreparedAsync(provider);
        var meddled = new MeddledDatabases(database.Factory, () => ChangeAsync(database, (Front, new("bridge", "br1"))));
        var maker = new PlanMaker(meddled, InventoryStoreTests.Store(database), new ReaderMeans(), TimeProvider.System);

        (await Should.ThrowAsync<MigrateException>(() => maker.AddAsync(new PlanAdditionRequest { Plan = "first", VmNames = ["late01"] }, Token))).Code.ShouldBe("plan.changed.busy");

        (await ViewAsync(database)).Policy.Networks[Front].Name.ShouldBe("br1");
        (await maker.AddAsync(new PlanAdditionRequest { Plan = "first", VmNames = ["late01"] }, Token)).VmNames.ShouldBe(["late01"]);
        (await ViewAsync(database)).Policy.Networks[Front].Name.ShouldBe("br1");
    }

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task What_VMs_use_and_used_when_the_plan_was_made_is_shown_with_what_is_not_mapped_first(Provider provider)
    {
        await using TestDatabase database = await PreparedAsync(provider);
        await ChangeAsync(database, (Back, new("none", "")));
        Vm moved = Web with { Nics = [Web.Nics[0], Web.Nics[0] with { Key = 4001, Label = "Network adapter 2", NetworkName = "Backup" }] };
        await SyncAsync(database, moved, Db);
        await using (MigrateDb db = database.Factory.CreateDbContext())
        {
            await db.KvmHosts.ExecuteUpdateAsync(set => set.SetProperty(host => host.Facts, Facts.Replace("br0", "br8", StringComparison.Ordinal)), Token);
        }

        MappingUse use = await new PlanMappings(database.Factory).ReadAsync("first", Token);

        use.InventoryVersion.ShouldBe(2);
        use.Networks.Select(one => (one.Network, one.Target?.Kind, one.Vms, one.Cards, one.IsThere)).ShouldBe(
            [("Backup", null, 1, 1, null), (Front, "bridge", 1, 1, false), (Back, "none", 1, 1, null)]);
        use.Networks[0].Vlans.ShouldBe(["42"]);
        use.Networks[0].Concerns.ShouldBeEmpty();
        use.Networks[2].Concerns.ShouldBe([new ConcernUse("nic.unmapped", ConcernSeverity.Information, use.Networks[2].Concerns[0].Label, 1)]);
        DatastoreUse datastore = use.Datastores.ShouldHaveSingleItem();
        (datastore.Datastore, datastore.Type, datastore.Vms, datastore.Disks, datastore.CapacityBytes).ShouldBe(("iser1", "VMFS", 2, 2, 20L << 30));
        datastore.Readers.Sum(reader => reader.Disks).ShouldBe(2);
        use.Host!.Facts!.Bridges.ShouldBe(["br1", "br8"]);

        // The new card's network is mapped without the plan being made again; afterwards the VM no longer has it.
        await ChangeAsync(database, ("Backup", new("bridge", "br8")));
        await SyncAsync(database, Web, Db);
        use = await new PlanMappings(database.Factory).ReadAsync("first", Token);
        (use.Networks[^1].Network, use.Networks[^1].Vms).ShouldBe(("Backup", 0));
        await Mapper(database).ChangeAsync(Request() with { Forget = ["Backup"] }, Token);
        (await ViewAsync(database)).Policy.Networks.Keys.ShouldBe([Front, Back], ignoreOrder: true);
    }

    [Fact]
    public async Task What_holds_a_mapping_is_named()
    {
        await using TestDatabase database = await PreparedAsync(Provider.Sqlite);
        await RunAsync(database, "vm-1", run => run.Phase = RunPhase.Validating);
        await RunAsync(database, "vm-2", run => run.Phase = RunPhase.Ready);

        MappingUse use = await new PlanMappings(database.Factory).ReadAsync("first", Token);

        NetworkUse front = use.Networks.Single(one => one.Network == Front);
        (front.Vms, front.UnderWay).ShouldBe((1, 0));
        front.Fixed.ShouldHaveSingleItem().ShouldStartWith("'web01' is past the begin of its cutover (Validating)");
        NetworkUse back = use.Networks.Single(one => one.Network == Back);
        (back.Vms, back.UnderWay, back.Fixed.Count).ShouldBe((1, 1, 0));
    }

    private static readonly DateTime Moment = new(2031, 3, 1, 2, 0, 0, DateTimeKind.Utc);

    private static Vm On(Vm vm, string network) => vm with { Nics = [vm.Nics[0] with { NetworkName = network, NetworkKey = "network-2" }] };

    private static MappingRequest Request(params (string Network, NetworkMapping Mapping)[] networks) => new()
    {
        Plan = "first",
        Networks = networks.ToDictionary(one => one.Network, one => one.Mapping),
        Reason = "the hosts have a new bridge",
        By = "ana",
        IsApprover = true,
    };

    private static PlanMapper Mapper(TestDatabase database, IDbContextFactory<MigrateDb>? factory = null) =>
        new(factory ?? database.Factory, InventoryStoreTests.Store(database), new ReaderMeans(), TimeProvider.System, NullLogger<PlanMapper>.Instance);

    private static Task<MappingChange> ChangeAsync(TestDatabase database, params (string Network, NetworkMapping Mapping)[] networks) => Mapper(database).ChangeAsync(Request(networks), Token);

    private static async Task<IEnumerable<string>> CodesAsync(TestDatabase database, MappingRequest request) =>
        (await Should.ThrowAsync<PlanRefusedException>(() => Mapper(database).ChangeAsync(request, Token))).Problems.Select(problem => problem.Code);

    private static async Task<PlanView> ViewAsync(TestDatabase database) => (await new PlanViews(database.Factory).FindAsync("first", null, 0, 100, Token))!;

    private static async Task ApproveAsync(TestDatabase database)
    {
        await using MigrateDb db = database.Factory.CreateDbContext();
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
        await db.PlanVms.ExecuteUpdateAsync(set => set.SetProperty(vm => vm.BeginAt, Moment).SetProperty(vm => vm.CutOverAt, Moment).SetProperty(vm => vm.CutOverUntil, Moment), Token);
        await db.SaveChangesAsync(Token);
    }

    private static async Task<Guid> RunAsync(TestDatabase database, string key, Action<Run> change)
    {
        await using MigrateDb db = database.Factory.CreateDbContext();
        PlanVm vm = await db.PlanVms.SingleAsync(one => one.VmKey == key, Token);
        Run run = new() { Id = Guid.NewGuid(), PlanId = vm.PlanId, PlanVmId = vm.Id, VmKey = key, VmName = vm.VmName, Wave = vm.Wave, CreatedAt = DateTime.UtcNow };
        change(run);
        db.Runs.Add(run);
        await db.SaveChangesAsync(Token);
        return run.Id;
    }

    private static async Task SyncAsync(TestDatabase database, params Vm[] vms)
    {
        await using MigrateDb db = database.Factory.CreateDbContext();
        await InventoryStoreTests.Store(database).SaveAsync((await db.Sources.SingleAsync(Token)).Id, EstateOf(vms), Token);
    }

    private static SourceInventory EstateOf(params Vm[] vms)
    {
        SourceInventory estate = Estate.Of(vms);
        return estate with { Networks = [.. estate.Networks, new Network("network-2", Back, "Network"), new Network("network-3", "Backup", "DistributedVirtualPortgroup") { Switch = "dvs1", Vlan = "42" }] };
    }

    private async Task<TestDatabase> PreparedAsync(Provider provider, Func<PlanPolicy, PlanPolicy>? change = null, MigrationMode mode = MigrationMode.Cold, string facts = Facts)
    {
        TestDatabase database = await TestDatabase.CreateAsync(provider, postgres);
        Guid source = await database.AddSourceAsync();
        await InventoryStoreTests.Store(database).SaveAsync(source, EstateOf(Web, Db, Estate.Vm("vm-3", "late01")), Token);
        await using (MigrateDb db = database.Factory.CreateDbContext())
        {
            db.KvmHosts.Add(new KvmHost { Id = Guid.NewGuid(), Name = "kvm1", Uri = "qemu:///system", Facts = facts });
            await db.SaveChangesAsync(Token);
        }
        PlanPolicy policy = new()
        {
            Networks = new Dictionary<string, NetworkMapping> { [Front] = new("bridge", "br0"), [Back] = new("bridge", "br1") },
            ExpectConsole = new Dictionary<string, string> { ["web01"] = "login:" },
        };
        await new PlanMaker(database.Factory, InventoryStoreTests.Store(database), new ReaderMeans(), TimeProvider.System).CreateAsync(
            new PlanRequest { Name = "first", SourceName = "vc1", KvmHostName = "kvm1", VmNames = ["web01", "db01"], Mode = mode, Policy = change?.Invoke(policy) ?? policy }, Token);
        return database;
    }
}
