using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Migrate.Planner.Baselines.Profiles;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Planner.Tests.Baselines.Collection;
using Migrate.Planner.Tests.Persistence;

namespace Migrate.Planner.Tests.Inventory;

/// <summary>What lists of VMs filter and sort by, on both databases.</summary>
public class VmListTests(PostgresCluster postgres)
{
    private const long GiB = 1L << 30;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task Each_filter_leaves_what_fits_and_filters_add_up(Provider provider)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(provider, postgres);
        Guid source = await FilledAsync(database);
        Guid plan = await PlanAsync(database, source, "first", 1, ("vm-1", 1), ("vm-2", 2));
        await MeasuredAsync(database, "vm-3", 5_000_000);
        var all = new VmQuery { SourceId = source };

        await IsAsync(all with { Datacenter = "dc2" }, "vm-2", "vm-4");
        await IsAsync(all with { Guest = "WINDOWS" }, "vm-4");
        await IsAsync(all with { DatastoreKey = "ds-1" }, "vm-1", "vm-2");
        await IsAsync(all with { DatastoreKey = "ds-" }); // A part of a key is none.
        await IsAsync(all with { HostKeys = ["host-1", "host-3"] }, "vm-1", "vm-3");
        await IsAsync(all with { HostKeys = [] });
        await IsAsync(all with { MinUsedBytes = 2 * GiB }, "vm-2", "vm-3");
        await IsAsync(all with { MaxUsedBytes = 2 * GiB }, "vm-1", "vm-2"); // Of vm-4 nobody knows it.
        await IsAsync(all with { IsMeasured = true }, "vm-3");
        await IsAsync(all with { IsMeasured = false }, "vm-1", "vm-2", "vm-4");
        await IsAsync(all with { MinChangeBytesPerSecond = 5_000_000, MaxChangeBytesPerSecond = 5_000_000 }, "vm-3");
        await IsAsync(all with { MaxChangeBytesPerSecond = 4_999_999 });
        await IsAsync(all with { PlanId = plan }, "vm-1", "vm-2");
        await IsAsync(all with { PlanId = plan, Wave = 2 }, "vm-2");
        await IsAsync(all with { Wave = 1 }, "vm-1");
        await IsAsync(all with { IsPlanned = false }, "vm-3", "vm-4");
        await IsAsync(all with { IsPlanned = true, Datacenter = "dc2" }, "vm-2");
        await IsAsync(all with { Worst = WorstConcern.Unjudged }, "vm-1", "vm-2", "vm-3", "vm-4");
        await IsAsync(all with { Folder = "prod" }, "vm-1", "vm-2", "vm-3");

        async Task IsAsync(VmQuery query, params string[] keys)
        {
            Page<InventoryVm> page = await ListAsync(database, query);
            page.Items.Select(vm => vm.Key).ShouldBe(keys, query.ToString());
            page.Total.ShouldBe(keys.Length);
            (await Store(database).ListVmKeysAsync(query, 100, Token)).ShouldBe(keys);
        }
    }

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task Each_order_is_by_what_the_list_shows_and_pages_cut_it(Provider provider)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(provider, postgres);
        Guid source = await FilledAsync(database);
        await PlanAsync(database, source, "z-old", 1, ("vm-1", 1), ("vm-2", 1));
        await PlanAsync(database, source, "a-new", 2, ("vm-2", 7), ("vm-3", 2));
        await MeasuredAsync(database, "vm-1", 9);
        await MeasuredAsync(database, "vm-3", 8);
        var names = new InventoryNames
        {
            Hosts = new Dictionary<string, string> { ["host-1"] = "esx-z", ["host-2"] = "esx-a", ["host-3"] = "esx-m" },
            ClusterKeys = new Dictionary<string, string> { ["host-1"] = "c1", ["host-3"] = "c2" },
            Clusters = new Dictionary<string, string> { ["c1"] = "west", ["c2"] = "east" },
            OfDatastores = new Dictionary<string, string> { ["ds-1"] = "zeta", ["ds-2"] = "alpha" },
        };

        (await OrderAsync("datacenter")).ShouldBe("1 3 2 4");
        (await OrderAsync("guest")).ShouldBe("1 2 3 4");
        (await OrderAsync("used")).ShouldBe("4 1 2 3", "what nobody knows comes first");
        (await OrderAsync("changeRate")).ShouldBe("2 4 3 1");
        (await OrderAsync("host")).ShouldBe("4 2 3 1", "without a host, then by their names");
        (await OrderAsync("cluster")).ShouldBe("2 4 3 1", "hosts of their own first");
        (await OrderAsync("datastore")).ShouldBe("4 3 1 2");
        (await OrderAsync("plan")).ShouldBe("4 3 2 1", "no plan, then a-new by its waves, which vm-2 is in, too");

        async Task<string> OrderAsync(string sort)
        {
            await using MigrateDb db = database.Factory.CreateDbContext();
            InventoryStore store = Store(database);
            InventoryState at = (await InventoryStore.FindStateAsync(db, source, null, Token))!;
            var query = new VmQuery { SourceId = source, Sort = sort };
            IReadOnlyList<long> up = await store.ListVmIdsAsync(db, query, at, names, Token);
            (await store.ListVmIdsAsync(db, query with { Sort = "-" + sort }, at, names, Token)).ShouldBe(up.Reverse(), sort);
            for (int i = 0; i < up.Count; i++)
            {
                (await store.ListVmsAsync(db, query with { Offset = i, Limit = 1 }, at, names, Token)).Items.ShouldHaveSingleItem().Id.ShouldBe(up[i], sort);
            }
            (await store.ListVmsAsync(db, query with { Offset = 1 }, at, names, Token)).Items.Select(vm => vm.Id).ShouldBe(up.Skip(1), sort);
            (await store.ListVmsAsync(db, query with { Offset = up.Count }, at, names, Token)).ShouldSatisfyAllConditions(page => page.Items.ShouldBeEmpty(), page => page.Total.ShouldBe(up.Count));
            Dictionary<long, string> keys = await db.InventoryVms.ToDictionaryAsync(row => row.Id, row => row.Key, Token);
            return string.Join(' ', up.Select(id => keys[id][3..]));
        }
    }

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task A_list_that_is_kept_follows_all_that_it_depends_on(Provider provider)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(provider, postgres);
        Guid source = await FilledAsync(database);
        InventoryStore store = Store(database);
        var planned = new VmQuery { SourceId = source, IsPlanned = true };
        var measured = new VmQuery { SourceId = source, IsMeasured = true };
        var second = new VmQuery { SourceId = source, Wave = 2 };
        (await KeysAsync(planned), await KeysAsync(measured), await KeysAsync(second)).ShouldBe(("", "", ""));

        Guid plan = await PlanAsync(database, source, "first", 1, ("vm-1", 1), ("vm-2", 2));
        (await KeysAsync(planned), await KeysAsync(second)).ShouldBe(("vm-1 vm-2", "vm-2"));
        await using MigrateDb db = database.Factory.CreateDbContext();
        await db.PlanVms.Where(vm => vm.VmKey == "vm-1").ExecuteDeleteAsync(Token);
        await db.Plans.ExecuteUpdateAsync(set => set.SetProperty(one => one.VmsChangedAt, DateTime.UnixEpoch.AddMicroseconds(1)), Token);
        (await KeysAsync(planned)).ShouldBe("vm-2");
        await db.PlanVms.ExecuteUpdateAsync(set => set.SetProperty(vm => vm.Wave, 3), Token);
        db.Add(new WaveVersion { Id = Guid.NewGuid(), PlanId = plan, Number = 1, MadeAt = DateTime.UnixEpoch, MadeBy = "anna", Rules = "{}", Assumptions = "{}", Schedule = "{}", ApprovedAt = DateTime.UnixEpoch.AddDays(2) });
        await db.SaveChangesAsync(Token);
        (await KeysAsync(second)).ShouldBe("", "an approval gives waves");
        await db.PlanVms.ExecuteUpdateAsync(set => set.SetProperty(vm => vm.Wave, 2), Token);
        await db.WaveVersions.ExecuteUpdateAsync(set => set.SetProperty(made => made.ApprovedAt, DateTime.UnixEpoch.AddDays(2).AddMicroseconds(1)), Token);
        (await KeysAsync(second)).ShouldBe("vm-2", "each one");
        await db.PlanVms.ExecuteUpdateAsync(set => set.SetProperty(vm => vm.Wave, 0), Token);
        (await KeysAsync(second)).ShouldBe("", "a change of mappings takes them, and only an approval gives them back");
        await MeasuredAsync(database, "vm-3", 5);
        await db.InventoryVersions.ExecuteUpdateAsync(set => set.SetProperty(version => version.JudgedAt, DateTime.UnixEpoch.AddMicroseconds(1)), Token);
        (await KeysAsync(measured)).ShouldBe("vm-3");
        await store.SaveAsync(source, Estate.Of(Vms()[..2]), Token);
        (await KeysAsync(measured)).ShouldBe("");
        (await KeysAsync(measured with { Version = 1 })).ShouldBe("vm-3", "the old version is as it was");
        var placed = new VmQuery { SourceId = source, Version = 1, HostKey = "host-9" };
        (await KeysAsync(placed)).ShouldBe("");
        await store.SaveAsync(source, Estate.Of(Vms()[0] with { HostKey = "host-9" }, Vms()[1]), Token);
        (await KeysAsync(placed)).ShouldBe("vm-1", "what moves by itself is the newest in each version");

        async Task<string> KeysAsync(VmQuery query)
        {
            string keys = string.Join(' ', (await ListAsync(database, query, store)).Items.Select(vm => vm.Key));
            (await ListAsync(database, query, store)).Items.Select(vm => vm.Key).ShouldBe(keys.Split(' ', StringSplitOptions.RemoveEmptyEntries), "the same twice");
            return keys;
        }
    }

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task A_database_from_before_is_given_the_rows_that_a_synchronisation_would_have_made(Provider provider)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(provider, postgres);
        Guid source = await FilledAsync(database);
        Vm grown = Vms()[0] with { MemoryBytes = 99 * GiB };
        await Store(database).SaveAsync(source, Estate.Of([grown, .. Vms()[1..]]), Token);
        List<InventoryVm> synchronised = await RowsAsync(database);
        synchronised.Count.ShouldBe(5);
        // EF drops no column on SQLite: there the rows go to a database that is as old as they are.
        await using TestDatabase old = provider == Provider.Sqlite ? TestDatabase.EmptySqlite() : database;
        await using (MigrateDb db = old.Factory.CreateDbContext())
        {
            await db.GetService<IMigrator>().MigrateAsync("20261123000000_Operations", Token);
            if (provider == Provider.Sqlite)
            {
                await db.Database.OpenConnectionAsync(Token);
                await db.Database.ExecuteSqlAsync($"ATTACH {database.Options.SqlitePath} AS newer", Token);
                await db.Database.ExecuteSqlAsync($"INSERT INTO sources (Id, Name, Kind, Paths, Url, UserName, ProtectedPassword, Thumbprint, CreatedAt) SELECT Id, Name, Kind, Paths, Url, UserName, ProtectedPassword, Thumbprint, CreatedAt FROM newer.sources", Token);
                await db.Database.ExecuteSqlAsync($"INSERT INTO inventory_objects SELECT * FROM newer.inventory_objects", Token);
                await db.Database.ExecuteSqlAsync($"DETACH newer", Token);
            }

            await db.GetService<IMigrator>().MigrateAsync(cancellationToken: Token);
        }

        (await RowsAsync(old)).ShouldBeEquivalentTo(synchronised);
    }

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task Rows_beside_VMs_follow_them_through_versions_and_go_with_them(Provider provider)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(provider, postgres);
        Guid source = await FilledAsync(database);
        Vm moved = Vms()[0] with { HostKey = "host-9", Storage = new VmStorage { CommittedBytes = 7 * GiB } };
        await Store(database).SaveAsync(source, Estate.Of(moved, Vms()[1] with { CpuCount = 64 }, Vms()[2]), Token);

        (await ListAsync(database, new VmQuery { SourceId = source, HostKey = "host-9", MinUsedBytes = 7 * GiB, MaxUsedBytes = 7 * GiB })).Items.ShouldHaveSingleItem().Key.ShouldBe("vm-1");
        (await ListAsync(database, new VmQuery { SourceId = source })).Total.ShouldBe(3);
        (await ListAsync(database, new VmQuery { SourceId = source, Version = 1 })).Total.ShouldBe(4);
        await StepsAsync();
        await Store(database).PruneAsync(source, 1, Token);
        await StepsAsync();
        (await RowsAsync(database)).Count.ShouldBe(3);

        async Task StepsAsync()
        {
            await using MigrateDb db = database.Factory.CreateDbContext();
            var objects = await db.InventoryObjects.Where(row => row.Kind == InventoryKind.Vm).OrderBy(row => row.Id).Select(row => new { row.Id, row.Key, row.FromVersion, row.ToVersion, row.HostKey }).ToListAsync(Token);
            (await db.InventoryVms.OrderBy(row => row.Id).Select(row => new { row.Id, row.Key, row.FromVersion, row.ToVersion, row.HostKey }).ToListAsync(Token)).ShouldBe(objects);
        }
    }

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task Verdicts_are_written_once_for_each_version_and_when_they_are_old(Provider provider)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(provider, postgres);
        var time = new SettableTime(Estate.TakenAt);
        using var concerns = new SourceConcerns(database.Factory, Store(database), new ReaderMeans(), time);
        var verdicts = new SourceVerdicts(database.Factory, concerns, time);
        Guid source = await database.AddSourceAsync();
        (await verdicts.ListDueAsync(Token)).ShouldBeEmpty("nothing was synchronised");
        Vm bad = Estate.Vm("vm-1", "bad") with { Disks = [Estate.Disk() with { Backing = DiskBacking.RawDeviceMapping, RdmCompatibility = "physicalMode" }] };
        await Store(database).SaveAsync(source, Estate.Of(bad, Estate.Vm("vm-2", "plain")), Token);

        (await verdicts.ListDueAsync(Token)).ShouldBe([(source, 1)]);
        (await verdicts.KeepAsync(source, 1, Token)).ShouldBe(2);
        IReadOnlyList<VmConcerns> judged = (await concerns.JudgeAsync(source, Token))!;
        InventoryVm row = (await RowsAsync(database)).Single(row => row.Key == "vm-1");
        IReadOnlyList<Concern> own = judged.Single(vm => vm.VmKey == "vm-1").Concerns;
        row.Worst.ShouldBe((int)WorstConcern.Critical);
        (row.CriticalCount, row.WarningCount, row.InformationCount).ShouldBe((own.Count(x => x.Severity == ConcernSeverity.Critical), own.Count(x => x.Severity == ConcernSeverity.Warning), own.Count(x => x.Severity == ConcernSeverity.Information)));
        InventoryVm.Words(row.ConcernIds).ShouldBe(own.Select(x => x.Id).Distinct(), ignoreOrder: true);
        (await ListAsync(database, new VmQuery { SourceId = source, Worst = WorstConcern.Critical })).Items.Select(vm => vm.Key).ShouldBe(["vm-1"]);
        (await ListAsync(database, new VmQuery { SourceId = source, ConcernId = own[0].Id })).Items.Select(vm => vm.Key).ShouldContain("vm-1");
        (await ListAsync(database, new VmQuery { SourceId = source, ConcernId = own[0].Id[..^1] })).Total.ShouldBe(0, "a part of an id is none");

        (await verdicts.ListDueAsync(Token)).ShouldBeEmpty();
        time.Now += SourceVerdicts.Kept + TimeSpan.FromSeconds(1);
        (await verdicts.ListDueAsync(Token)).ShouldBe([(source, 1)]);
        (await verdicts.KeepAsync(source, 1, Token)).ShouldBe(0, "nothing is different");
        await Store(database).SaveAsync(source, Estate.Of(bad with { CpuCount = 3 }), Token);
        (await verdicts.ListDueAsync(Token)).ShouldBe([(source, 2)]);
    }

    [Fact]
    public async Task Who_collides_with_another_or_finds_VMs_gone_is_told_to_come_again()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(Provider.Postgres, postgres);
        using var concerns = new SourceConcerns(database.Factory, Store(database), new ReaderMeans(), TimeProvider.System);
        var verdicts = new SourceVerdicts(database.Factory, concerns, TimeProvider.System);
        Guid source = await database.AddSourceAsync();
        await Store(database).SaveAsync(source, Estate.Of(Vms()), Token);
        await using MigrateDb db = database.Factory.CreateDbContext();
        foreach (string state in (string[])["40P01", "40001"])
        {
            await OnUpdateAsync($"RAISE EXCEPTION 'another was first' USING ERRCODE = '{state}'");
            (await verdicts.KeepAsync(source, 1, Token)).ShouldBeNull(state);
            // One is written by a statement of its own, the other by the context.
            foreach (Vm changed in (Vm[])[Vms()[0] with { CpuCount = 64 }, Vms()[0] with { HostKey = "host-9" }])
            {
                MigrateException refused = await Should.ThrowAsync<MigrateException>(() => Store(database).SaveAsync(source, Estate.Of([changed, .. Vms()[1..]]), Token));
                (refused.Code, refused.IsTransient).ShouldBe(("inventory.concurrent-sync", true), state);
            }
        }
        await OnUpdateAsync("RETURN NULL"); // No row is written, as when a removed source took them along.
        (await verdicts.KeepAsync(source, 1, Token)).ShouldBeNull();
        (await verdicts.ListDueAsync(Token)).ShouldBe([(source, 1)]);
        await OnUpdateAsync("RETURN NEW");
        (await verdicts.KeepAsync(source, 1, Token)).ShouldBe(4);
        (await verdicts.ListDueAsync(Token)).ShouldBeEmpty();

        async Task OnUpdateAsync(string then)
        {
#pragma warning disable EF1002 // The body of a function cannot be a parameter.
            await db.Database.ExecuteSqlRawAsync($"CREATE OR REPLACE FUNCTION then_do() RETURNS trigger LANGUAGE plpgsql AS $do$ BEGIN {then}; END $do$", Token);
#pragma warning restore EF1002
            await db.Database.ExecuteSqlRawAsync("CREATE OR REPLACE TRIGGER then_do BEFORE UPDATE ON inventory_vms FOR EACH ROW EXECUTE FUNCTION then_do()", Token);
        }
    }

    [Fact]
    public void A_change_rate_is_what_was_measured_where_that_is_enough_else_what_is_written()
    {
        var start = Estate.TakenAt;
        MeasuredChange Of(int disk, double hours, long bytes) => new(disk, start, start.AddHours(hours), bytes);

        ChangeRates.OfVm([], null).ShouldBeNull();
        ChangeRates.OfVm([], 500).ShouldBe((500, ChangeOrigin.WriteRate));
        ChangeRates.OfVm([Of(2000, 24, 86_400_000)], 5000).ShouldBe((1000, ChangeOrigin.ChangeTracking));
        ChangeRates.OfVm([Of(2000, 24, 86_400_000), Of(2001, 24, 8_640_000)], null).ShouldBe((1100, ChangeOrigin.ChangeTracking), "disks add up");
        ChangeRates.OfVm([Of(2000, 1, 3_600_000)], 5000).ShouldBe((5000, ChangeOrigin.WriteRate), "an hour is not enough beside a baseline");
        ChangeRates.OfVm([Of(2000, 1, 3_600_000)], null).ShouldBe((1000, ChangeOrigin.ChangeTracking), "and better than nothing");
        ChangeRates.OfVm([Of(2000, 0.1, 3_600_000)], null).ShouldBeNull("six minutes say nothing");
    }

    private static Vm[] Vms() =>
    [
        Of(1, "dc1", "host-1", "Debian GNU/Linux 12", ["ds-1"]) with { Storage = new VmStorage { CommittedBytes = GiB } },
        Of(2, "dc2", "host-2", "Red Hat Enterprise Linux 9", ["ds-1", "ds-2"]) with { Disks = [Estate.Disk(2000) with { CommittedBytes = GiB }, Estate.Disk(2001) with { CommittedBytes = GiB }, Estate.Disk(2002)] },
        Of(3, "dc1", "host-3", "Ubuntu Linux", ["ds-2"]) with { Storage = new VmStorage { CommittedBytes = 3 * GiB } },
        Of(4, "dc2", null, "Windows Server 2022", []) with { Folder = "production" },
    ];

    private static Vm Of(int number, string datacenter, string? host, string guest, IReadOnlyList<string> datastores) =>
        Estate.Vm($"vm-{number}", $"web{number}") with { Datacenter = datacenter, HostKey = host, GuestFullName = guest, DatastoreKeys = datastores };

    internal static async Task<Page<InventoryVm>> ListAsync(TestDatabase database, VmQuery query, InventoryStore? store = null)
    {
        await using MigrateDb db = database.Factory.CreateDbContext();
        return await InventoryStore.FindStateAsync(db, query.SourceId, query.Version, Token) is { } at
            ? await (store ?? Store(database)).ListVmsAsync(db, query, at, new InventoryNames(), Token) : new Page<InventoryVm>([], 0);
    }

    private static InventoryStore Store(TestDatabase database) => new(database.Factory, TimeProvider.System);

    private static async Task<Guid> FilledAsync(TestDatabase database)
    {
        Guid source = await database.AddSourceAsync();
        await Store(database).SaveAsync(source, Estate.Of(Vms()), Token);
        // Another source has VMs of the same keys.
        await Store(database).SaveAsync(await database.AddSourceAsync("other"), Estate.Of(Vms()), Token);
        return source;
    }

    private static async Task<Guid> PlanAsync(TestDatabase database, Guid source, string name, int day, params (string Key, int Wave)[] vms)
    {
        await using MigrateDb db = database.Factory.CreateDbContext();
        var plan = new Plan { Id = Guid.NewGuid(), Name = name, SourceId = source, Policy = "{}", CreatedAt = DateTime.UnixEpoch.AddDays(day) };
        db.Add(plan);
        db.AddRange(vms.Select(vm => new PlanVm { Id = Guid.NewGuid(), PlanId = plan.Id, VmKey = vm.Key, VmName = vm.Key, Wave = vm.Wave, Concerns = "[]", Disks = "[]" }));
        await db.SaveChangesAsync(Token);
        return plan.Id;
    }

    private static async Task MeasuredAsync(TestDatabase database, string key, long rate)
    {
        await using MigrateDb db = database.Factory.CreateDbContext();
        await db.InventoryVms.Where(row => row.Key == key).ExecuteUpdateAsync(set => set.SetProperty(row => row.ChangeBytesPerSecond, rate), Token);
    }

    private static async Task<List<InventoryVm>> RowsAsync(TestDatabase database)
    {
        await using MigrateDb db = database.Factory.CreateDbContext();
        return [.. (await db.InventoryVms.AsNoTracking().OrderBy(row => row.Id).ToListAsync(Token)).Where(row => db.Sources.Single(source => source.Id == row.SourceId).Name == "vc1")];
    }
}
