using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.Tests.Persistence;

namespace Migrate.Planner.Tests.Inventory;

[UsesDatabase]
public class InventoryStoreTests(PostgresCluster postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task What_was_saved_is_loaded_again(Provider provider)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(provider, postgres);
        InventoryStore store = Store(database);
        Guid source = await database.AddSourceAsync();
        SourceInventory inventory = Estate.Of(Estate.Vm(), Estate.Vm("vm-2", "db01"));

        InventoryVersion version = await store.SaveAsync(source, inventory, Token);
        SourceInventory? loaded = await store.LoadAsync(source, version: null, Token);

        version.Number.ShouldBe(1);
        (version.Added, version.Changed, version.Removed, version.VmCount).ShouldBe((7, 0, 0, 2));
        JsonSerializer.Serialize(loaded).ShouldBe(JsonSerializer.Serialize(inventory with { Vms = [.. inventory.Vms.OrderBy(vm => vm.Name)] }));
    }

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task An_unchanged_estate_costs_no_row(Provider provider)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(provider, postgres);
        Guid source = await database.AddSourceAsync();
        await Store(database).SaveAsync(source, Estate.Of(Estate.Vm()), Token);

        InventoryVersion second = await Store(database).SaveAsync(source, Estate.Of(Estate.Vm()), Token);

        (second.Number, second.Added, second.Changed, second.Removed).ShouldBe((2, 0, 0, 0));
        await using MigrateDb db = database.Factory.CreateDbContext();
        (await db.InventoryObjects.CountAsync(Token)).ShouldBe(6);
        (await Store(database).LoadAsync(source, 2, Token))!.Vms.Count.ShouldBe(1);
    }

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task A_second_sync_says_what_is_added_changed_and_removed(Provider provider)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(provider, postgres);
        InventoryStore store = Store(database);
        Guid source = await database.AddSourceAsync();
        await store.SaveAsync(source, Estate.Of(Estate.Vm("vm-1", "web01"), Estate.Vm("vm-2", "old01")), Token);
        Vm grown = Estate.Vm("vm-1", "web01") with
        {
            MemoryBytes = 4L << 30,
            Disks = [Estate.Disk(2001), Estate.Disk(2000, capacityBytes: 20L << 30)],
        };

        InventoryVersion second = await store.SaveAsync(source, Estate.Of(grown, Estate.Vm("vm-3", "new01")), Token);
        Differences difference = await DiffAsync(store, source, 1, 2, Token);

        (second.Added, second.Changed, second.Removed).ShouldBe((1, 1, 1));
        difference.Added.ShouldHaveSingleItem().Name.ShouldBe("new01");
        difference.Removed.ShouldHaveSingleItem().Name.ShouldBe("old01");
        ObjectDifference change = difference.Changed.ShouldHaveSingleItem();
        change.Name.ShouldBe("web01");
        change.Properties.Select(property => property.Path).ShouldBe(["memoryBytes", "disks[Hard disk 1].capacityBytes", "disks[Hard disk 2]"], ignoreOrder: true);
        change.Properties.Single(property => property.Path == "memoryBytes").ShouldBe(new PropertyChange("memoryBytes", "2147483648", "4294967296"));
        change.Properties.Single(property => property.Path == "disks[Hard disk 2]").From.ShouldBeNull();
        (await store.LoadAsync(source, 1, Token))!.Vms.Select(vm => vm.Name).ShouldBe(["old01", "web01"]);
        (await store.LoadAsync(source, 2, Token))!.Vms.Select(vm => vm.Name).ShouldBe(["new01", "web01"]);
    }

    [Fact]
    public async Task A_difference_backwards_is_the_forward_one_reversed()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        InventoryStore store = Store(database);
        Guid source = await database.AddSourceAsync();
        await store.SaveAsync(source, Estate.Of(Estate.Vm()), Token);
        await store.SaveAsync(source, Estate.Of(Estate.Vm(powerState: "poweredOn"), Estate.Vm("vm-2", "db01")), Token);

        Differences back = await DiffAsync(store, source, 2, 1, Token);

        back.Added.ShouldBeEmpty();
        back.Removed.ShouldHaveSingleItem().Name.ShouldBe("db01");
        back.Changed.ShouldHaveSingleItem().Properties.ShouldBe([new PropertyChange("powerState", "\"poweredOn\"", "\"poweredOff\"")]);
    }

    [Fact]
    public async Task What_changed_and_changed_back_is_no_difference()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        InventoryStore store = Store(database);
        Guid source = await database.AddSourceAsync();
        foreach (string state in (string[])["poweredOff", "poweredOn", "poweredOff"])
        {
            await store.SaveAsync(source, Estate.Of(Estate.Vm(powerState: state)), Token);
        }

        Differences difference = await DiffAsync(store, source, 1, 3, Token);

        difference.Changed.ShouldBeEmpty();
        (await DiffAsync(store, source, 1, 2, Token)).Changed.Count.ShouldBe(1);
    }

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task What_moves_by_itself_is_stored_but_is_no_change(Provider provider)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(provider, postgres);
        InventoryStore store = Store(database);
        Guid source = await database.AddSourceAsync();
        await store.SaveAsync(source, Estate.Of(Estate.Vm()), Token);
        SourceInventory later = Estate.Of(Estate.Vm() with
        {
            HostKey = "host-2",
            IpAddresses = ["192.0.2.7"],
            ToolsStatus = "toolsNotRunning",
            Disks = [Estate.Disk() with { ChangeId = "52 1c/8" }],
        });
        later = later with { Datastores = [Estate.Vsan(), Estate.Vmfs() with { FreeBytes = 5 }] };

        InventoryVersion second = await store.SaveAsync(source, later, Token);

        (second.Added, second.Changed, second.Removed).ShouldBe((0, 0, 0));
        (await DiffAsync(store, source, 1, 2, Token)).Changed.ShouldBeEmpty();
        SourceInventory loaded = (await store.LoadAsync(source, null, Token))!;
        loaded.Vms[0].IpAddresses.ShouldBe(["192.0.2.7"]);
        loaded.Datastores.Single(datastore => datastore.Key == "datastore-1").FreeBytes.ShouldBe(5);
        (await VmListTests.ListAsync(database, new VmQuery { SourceId = source, HostKey = "host-2" })).Total.ShouldBe(1);
    }

    [Fact]
    public async Task The_order_in_which_vSphere_lists_things_is_no_change()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        Guid source = await database.AddSourceAsync();
        Vm vm = Estate.Vm() with { Disks = [Estate.Disk(2000), Estate.Disk(2001)], DatastoreKeys = ["datastore-1", "datastore-2"] };
        await Store(database).SaveAsync(source, Estate.Of(vm), Token);
        EsxHost host = Estate.Host();
        SourceInventory shuffled = Estate.Of(vm with { Disks = [.. vm.Disks.Reverse()], DatastoreKeys = ["datastore-2", "datastore-1"] }) with
        {
            Hosts = [host with { Adapters = [.. host.Adapters.Reverse()], Luns = [host.Luns[0] with { Paths = [.. host.Luns[0].Paths.Reverse()] }] }],
        };

        (await Store(database).SaveAsync(source, shuffled, Token)).Changed.ShouldBe(0);
    }

    [Fact]
    public async Task Two_sources_do_not_see_each_other()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        InventoryStore store = Store(database);
        Guid first = await database.AddSourceAsync("a");
        Guid second = await database.AddSourceAsync("b");
        await store.SaveAsync(first, Estate.Of(Estate.Vm()), Token);

        (await store.SaveAsync(second, Estate.Of(Estate.Vm(), Estate.Vm("vm-2", "db01")), Token)).Number.ShouldBe(1);

        (await store.LoadAsync(first, null, Token))!.Vms.Count.ShouldBe(1);
        (await store.FindVmAsync(first, "vm-2", null, Token)).ShouldBeNull();
        (await store.FindVmAsync(second, "vm-2", null, Token))!.Name.ShouldBe("db01");
    }

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task A_list_is_filtered_sorted_and_cut(Provider provider)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(provider, postgres);
        InventoryStore store = Store(database);
        Guid source = await database.AddSourceAsync();
        IReadOnlyList<Vm> vms = [.. Enumerable.Range(0, 30).Select(i => Estate.Vm($"vm-{i}", $"WEB{i:00}", i % 3 == 0 ? "poweredOn" : "poweredOff") with
        {
            Folder = i < 10 ? "prod" : i < 20 ? "prod/web" : "production",
            Disks = [Estate.Disk(capacityBytes: (1 + ((i * 7) % 30)) * 1024L)],
        })];
        await store.SaveAsync(source, Estate.Of(vms), Token);
        var all = new VmQuery { SourceId = source };

        Page<InventoryVm> largest = await VmListTests.ListAsync(database, all with { Sort = "-capacity", Limit = 3 });
        Page<InventoryVm> second = await VmListTests.ListAsync(database, all with { Offset = 10, Limit = 10 });

        largest.Total.ShouldBe(30);
        largest.Items.Select(vm => vm.CapacityBytes / 1024).ShouldBe([30, 29, 28]);
        second.Items.Select(vm => vm.Name).ShouldBe(Enumerable.Range(10, 10).Select(i => $"WEB{i:00}"));
        (await VmListTests.ListAsync(database, all with { Search = "web1" })).Total.ShouldBe(10);
        (await VmListTests.ListAsync(database, all with { Folder = "prod" })).Total.ShouldBe(20);
        (await VmListTests.ListAsync(database, all with { PowerState = "poweredOn" })).Total.ShouldBe(10);
        (await VmListTests.ListAsync(database, all with { Search = "1%" })).Total.ShouldBe(0);
        (await VmListTests.ListAsync(database, all with { Search = "W_B" })).Total.ShouldBe(0);
        (await VmListTests.ListAsync(database, all with { Search = new string('x', 60_000) })).Total.ShouldBe(0);
        (await VmListTests.ListAsync(database, all with { Search = "B\\" })).Total.ShouldBe(0);
        (await VmListTests.ListAsync(database, all with { Version = 7 })).Total.ShouldBe(0);
    }

    [Fact]
    public async Task Bad_questions_are_refused_by_name()
    {
        await using TestDatabase database = await TestDatabase.CreateAsync();
        InventoryStore store = Store(database);
        Guid source = await database.AddSourceAsync();
        await store.SaveAsync(source, Estate.Of(Estate.Vm()), Token);

        (await Should.ThrowAsync<MigrateException>(() => DiffAsync(store, source, 1, 2, Token))).Code.ShouldBe("inventory.version-not-found");
        (await Should.ThrowAsync<MigrateException>(() => store.SaveAsync(Guid.NewGuid(), Estate.Of(), Token))).Code.ShouldBe("source.not-found");
        (await Should.ThrowAsync<MigrateException>(() => VmListTests.ListAsync(database, new VmQuery { SourceId = source, Limit = 0 }))).Code.ShouldBe("inventory.bad-page");
        (await Should.ThrowAsync<MigrateException>(() => store.SaveAsync(source, Estate.Of(Estate.Vm(), Estate.Vm()), Token))).Code.ShouldBe("inventory.duplicate-key");
        (await store.ListVersionsAsync(source, Token)).Count.ShouldBe(1); // the refused one left nothing
        (await store.LoadAsync(source, 2, Token)).ShouldBeNull();
    }

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task Two_syncs_at_once_leave_two_whole_versions_or_a_clear_refusal(Provider provider)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(provider, postgres);
        InventoryStore store = Store(database);
        Guid source = await database.AddSourceAsync();

        Task<InventoryVersion>[] syncs = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() => store.SaveAsync(source, Estate.Of(Estate.Vm()), Token), Token))];
        await Task.WhenAll(syncs.Select(sync => sync.ContinueWith(_ => { }, TaskScheduler.Default)));

        foreach (Task<InventoryVersion> sync in syncs.Where(sync => sync.IsFaulted))
        {
            MigrateException refused = sync.Exception!.InnerException.ShouldBeOfType<MigrateException>();
            refused.Code.ShouldBe("inventory.concurrent-sync");
            refused.IsTransient.ShouldBeTrue();
        }
        IReadOnlyList<InventoryVersion> versions = await store.ListVersionsAsync(source, Token);
        versions.Count.ShouldBe(syncs.Count(sync => sync.IsCompletedSuccessfully));
        versions.Select(version => version.Number).ShouldBe(Enumerable.Range(1, versions.Count).Reverse());
        await using MigrateDb db = database.Factory.CreateDbContext();
        (await db.InventoryObjects.CountAsync(Token)).ShouldBe(6);
    }

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task Differences_come_in_pages_by_kind_and_name_and_can_be_filtered(Provider provider)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(provider, postgres);
        InventoryStore store = Store(database);
        Guid source = await database.AddSourceAsync();
        IReadOnlyList<Vm> before = [.. Enumerable.Range(0, 30).Select(i => Estate.Vm($"vm-{i}", $"web{i:00}"))];
        await store.SaveAsync(source, Estate.Of([.. before]), Token);
        await store.SaveAsync(source, Estate.Of([.. before.Skip(5).Select((vm, i) => i < 10 ? vm with { Annotation = "changed" } : vm), Estate.Vm("vm-99", "new01")]), Token);
        var query = new DifferenceQuery { SourceId = source, From = 1, To = 2, Limit = 4 };

        var all = new List<ObjectDifference>();
        Page<ObjectDifference> page;
        do
        {
            page = await store.DiffAsync(query with { Offset = all.Count }, Token);
            all.AddRange(page.Items);
        }
        while (all.Count < page.Total);

        all.Select(d => d.Name).ShouldBe(["new01", .. Enumerable.Range(0, 15).Select(i => $"web{i:00}")]);
        all.Count(d => d.Change == DifferenceKind.Removed).ShouldBe(5);
        all.Where(d => d.Change == DifferenceKind.Changed).ShouldAllBe(d => d.Properties.Single().Path == "annotation");
        (await store.DiffAsync(query with { Change = DifferenceKind.Added }, Token)).Items.ShouldHaveSingleItem().Name.ShouldBe("new01");
        (await store.DiffAsync(query with { Kind = InventoryKind.Host }, Token)).Total.ShouldBe(0);
        (await store.DiffAsync(query with { Search = "WEB0", Change = DifferenceKind.Removed }, Token)).Total.ShouldBe(5);
        (await store.DiffAsync(query with { From = 2, To = 1, Change = DifferenceKind.Added }, Token)).Total.ShouldBe(5);
    }

    private sealed record Differences(IReadOnlyList<ObjectDifference> Added, IReadOnlyList<ObjectDifference> Removed, IReadOnlyList<ObjectDifference> Changed);

    private static async Task<Differences> DiffAsync(InventoryStore store, Guid source, int from, int to, CancellationToken token)
    {
        Page<ObjectDifference> page = await store.DiffAsync(new DifferenceQuery { SourceId = source, From = from, To = to, Limit = InventoryStore.MaxLimit }, token);
        return new(Of(DifferenceKind.Added), Of(DifferenceKind.Removed), Of(DifferenceKind.Changed));

        List<ObjectDifference> Of(DifferenceKind kind) => [.. page.Items.Where(d => d.Change == kind)];
    }

    internal static InventoryStore Store(TestDatabase database) => new(database.Factory, TimeProvider.System);
}
