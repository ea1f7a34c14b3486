using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Planner.Tests.Inventory;
using Migrate.Planner.Tests.Persistence;

namespace Migrate.Planner.Tests.Concerns;

[UsesDatabase]
public class ConcernOverridesTests(PostgresCluster postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private const string Reason = "the TPM holds nothing, the owner says";

    private static readonly OtherDevice Tpm = new(11000, "VirtualTPM", "Virtual TPM", "");

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task An_override_holds_for_its_findings_and_is_kept_when_others_lift_it(Provider provider)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(provider, postgres);
        Vm vm = Estate.Vm().With(Tpm);
        Guid plan = await PlanAsync(database, vm);
        var overrides = new ConcernOverrides(database.Factory, TimeProvider.System);

        ConcernOverride given = await overrides.GiveAsync(plan, "web01", "device.vtpm-keys", Reason, "ana", Token);

        (given.VmKey, given.GivenBy, given.Reason, given.InventoryVersion, given.LiftedAt).ShouldBe(("vm-1", "ana", Reason, 1, null));
        given.Findings.ShouldContain("Virtual TPM");
        (await overrides.HoldingAsync(plan, Found(vm), Token)).Keys.ShouldBe([("vm-1", "device.vtpm-keys")]);
        Vm another = vm with { OtherDevices = [Tpm, Tpm with { Key = 11001, Label = "Virtual TPM 2" }] };
        (await overrides.HoldingAsync(plan, Found(another), Token)).ShouldBeEmpty();
        (await overrides.HoldingAsync(plan, Found(vm), Token)).ShouldBeEmpty("what was lifted stays lifted");
        ConcernOverride kept = (await overrides.ListAsync(plan, null, null, 0, 10, Token)).Items.ShouldHaveSingleItem();
        (kept.LiftedBy, kept.Reason).ShouldBe(("migrate", Reason));
        kept.LiftedBecause!.ShouldContain("others now");
    }

    [Fact]
    public async Task A_new_reason_replaces_the_old_one_and_lifting_ends_it()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        Vm vm = Estate.Vm().With(Tpm);
        Guid plan = await PlanAsync(database, vm);
        var overrides = new ConcernOverrides(database.Factory, TimeProvider.System);
        await overrides.GiveAsync(plan, "web01", "device.vtpm-keys", Reason, "ana", Token);

        await overrides.GiveAsync(plan, "vm-1", "device.vtpm-keys", "BitLocker is suspended now", "bo", Token);

        (await overrides.HoldingAsync(plan, Found(vm), Token))[("vm-1", "device.vtpm-keys")].GivenBy.ShouldBe("bo");
        (await overrides.LiftAsync(plan, "web01", "device.vtpm-keys", "bo", "not yet after all", Token)).LiftedBecause.ShouldBe("not yet after all");
        (await overrides.HoldingAsync(plan, Found(vm), Token)).ShouldBeEmpty();
        (await overrides.ListAsync(plan, null, null, 0, 10, Token)).Items.ShouldAllBe(one => one.LiftedAt != null);
        (await Should.ThrowAsync<MigrateException>(() => overrides.LiftAsync(plan, "web01", "device.vtpm-keys", "bo", "again", Token))).Code.ShouldBe("override.not-found");
    }

    [Theory]
    [InlineData("web01", "vm.suspended", Reason, "concern.cannot-be-overridden")]
    [InlineData("web01", "device.vtpm-keys", "  ok  ", "concern.reason-missing")]
    [InlineData("web01", "device.vtmp", Reason, "concern.unknown")]
    [InlineData("web01", "disk.rdm", Reason, "concern.not-critical")]
    [InlineData("web09", "device.vtpm-keys", Reason, "plan.vm.unknown")]
    public async Task What_cannot_be_overridden_is_refused(string vm, string concern, string reason, string code)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        Guid plan = await PlanAsync(database, Estate.Vm().With(Tpm) with { PowerState = "suspended" });

        MigrateException refused = await Should.ThrowAsync<MigrateException>(
            () => new ConcernOverrides(database.Factory, TimeProvider.System).GiveAsync(plan, vm, concern, reason, "ana", Token));

        refused.Code.ShouldBe(code);
    }

    [Fact]
    public async Task What_a_probe_found_can_be_overridden_too()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        Guid plan = await PlanAsync(database, Estate.Vm());
        Concern space = ProbeDescriptions.TargetSpace.Find(ConcernSeverity.Critical, "/srv", "It has 10 MiB free.", "Free space.");
        var checks = new PlanChecks(database.Factory);
        await checks.SaveAsync(plan, DateTime.UnixEpoch, DateTime.UnixEpoch, 3, [new ProbeFinding(null, space)], Token);

        await new ConcernOverrides(database.Factory, TimeProvider.System).GiveAsync(plan, "web01", "probe.target-space", "the disk is enlarged tonight", "ana", Token);

        PlanChecks.Of(PlanChecks.Findings(await checks.LatestAsync(plan, Token)), "vm-1").ShouldBe([space]);
    }

    [Fact]
    public void Findings_that_differ_in_numbers_only_are_the_same_and_others_are_not()
    {
        Concern concern = new("datastore.snapshot-space", ConcernSeverity.Critical, "l", "iser1", "Datastore iser1 has 4.2 % free.", "r");

        ConcernOverrides.Fingerprint([concern]).ShouldBe(ConcernOverrides.Fingerprint([concern with { Assessment = "Datastore iser1 has 3.9 % free.", Remedy = "other" }]));
        ConcernOverrides.Fingerprint([concern]).ShouldNotBe(ConcernOverrides.Fingerprint([concern with { Subject = "iser2" }]));
        ConcernOverrides.Fingerprint([concern]).ShouldNotBe(ConcernOverrides.Fingerprint([concern, concern with { Subject = "iser2" }]));
    }

    private static Dictionary<string, IReadOnlyList<Concern>> Found(Vm vm) => new() { [vm.Key] = Judged.ByAll(vm) };

    private static async Task<Guid> PlanAsync(TestDatabase database, Vm vm)
    {
        Guid source = await database.AddSourceAsync();
        await InventoryStoreTests.Store(database).SaveAsync(source, Estate.Of(vm), Token);
        await using MigrateDb db = database.Factory.CreateDbContext();
        db.KvmHosts.Add(new KvmHost { Id = Guid.NewGuid(), Name = "kvm1", Uri = "qemu:///system" });
        await db.SaveChangesAsync(Token);
        return (await new PlanMaker(database.Factory, InventoryStoreTests.Store(database), new ReaderMeans(), TimeProvider.System).CreateAsync(new PlanRequest
        {
            Name = "first",
            SourceName = "vc1",
            KvmHostName = "kvm1",
            VmNames = [vm.Name],
            Policy = new PlanPolicy { Networks = new Dictionary<string, NetworkMapping> { ["VM Network"] = new("bridge", "br0") } },
        }, Token)).Id;
    }
}
