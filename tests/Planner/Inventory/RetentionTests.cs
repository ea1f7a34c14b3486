using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.Tests.Persistence;

namespace Migrate.Planner.Tests.Inventory;

/// <summary>Old versions go, those of plans stay, and what stays reads as before.</summary>
public class RetentionTests(PostgresCluster postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task The_newest_versions_and_those_of_plans_stay_as_they_were(Provider provider)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(provider, postgres);
        var store = new InventoryStore(database.Factory, TimeProvider.System);
        Guid source = await database.AddSourceAsync();
        Guid other = await database.AddSourceAsync("vc2");
        foreach (int version in Enumerable.Range(1, 10))
        {
            // One VM grows with every version, one lives in versions 2 to 3 alone, one never changes.
            Vm growing = Estate.Vm() with { MemoryBytes = (long)version << 30 };
            await store.SaveAsync(source, Estate.Of([growing, Estate.Vm("vm-9", "still"), .. version is 2 or 3 ? [Estate.Vm("vm-5", "brief")] : Array.Empty<Vm>()]), Token);
            await store.SaveAsync(other, Estate.Of(growing), Token);
        }
        await PlanAsync(database, source, inventoryVersion: 2);
        await PlanAsync(database, other, inventoryVersion: 1);

        (int versions, int rows) = await store.PruneAsync(source, keep: 3, Token);

        // Of 10 versions 8 to 10 stay and the plan's; of the growing VM's states one for each of them.
        (versions, rows).ShouldBe((6, 6));
        (await store.ListVersionsAsync(source, Token)).Select(version => version.Number).ShouldBe([10, 9, 8, 2]);
        foreach (int version in (int[])[2, 8, 9, 10])
        {
            SourceInventory kept = (await store.LoadAsync(source, version, Token)).ShouldNotBeNull();
            kept.Vms.Single(vm => vm.Key == Estate.Vm().Key).MemoryBytes.ShouldBe((long)version << 30);
            kept.Vms.Select(vm => vm.Name).ShouldContain("still");
            kept.Vms.Any(vm => vm.Name == "brief").ShouldBe(version == 2);
        }
        (await store.LoadAsync(source, 7, Token)).ShouldBeNull();
        (await store.DiffAsync(new DifferenceQuery { SourceId = source, From = 2, To = 10 }, Token)).Items
            .Select(difference => (difference.Name, difference.Change)).ShouldBe([("brief", DifferenceKind.Removed), (Estate.Vm().Name, DifferenceKind.Changed)], ignoreOrder: true);
        (await store.ListVersionsAsync(other, Token)).Count.ShouldBe(10);
        (await store.PruneAsync(source, keep: 3, Token)).ShouldBe((0, 0));
        (await store.SaveAsync(source, Estate.Of(Estate.Vm()), Token)).Number.ShouldBe(11);
    }

    [Theory, InlineData(Provider.Sqlite), InlineData(Provider.Postgres)]
    public async Task What_an_ended_removal_left_goes_the_next_time(Provider provider)
    {
        await using TestDatabase database = await TestDatabase.CreateAsync(provider, postgres);
        var store = new InventoryStore(database.Factory, TimeProvider.System);
        Guid source = await database.AddSourceAsync();
        foreach (int version in Enumerable.Range(1, 4))
        {
            // 700 states end with each version: more than one batch.
            await store.SaveAsync(source, Estate.Of([.. Enumerable.Range(1, 700).Select(i => Estate.Vm($"vm-{i}", $"vm{i}") with { MemoryBytes = (long)version << 30 })]), Token);
        }
        await using (MigrateDb db = database.Factory.CreateDbContext())
        {
            // As if the process had died after the versions were gone and before their states were.
            await db.InventoryVersions.Where(version => version.Number < 4).ExecuteDeleteAsync(Token);
        }

        (await store.PruneAsync(source, keep: 1, Token)).ShouldBe((0, 2100));

        await using MigrateDb after = database.Factory.CreateDbContext();
        (await after.InventoryObjects.CountAsync(row => row.Kind == InventoryKind.Vm, Token)).ShouldBe(700);
        (await after.InventoryObjects.AnyAsync(row => row.ToVersion != null, Token)).ShouldBeFalse();
        (await store.LoadAsync(source, null, Token))!.Vms.ShouldAllBe(vm => vm.MemoryBytes == 4L << 30);
    }

    private static async Task PlanAsync(TestDatabase database, Guid source, int inventoryVersion)
    {
        await using MigrateDb db = database.Factory.CreateDbContext();
        db.Plans.Add(new Plan
        {
            Id = Guid.NewGuid(),
            Name = $"plan of {source}",
            SourceId = source,
            InventoryVersion = inventoryVersion,
            KvmHostId = Guid.NewGuid(),
            Mode = MigrationMode.Cold,
            Policy = "{}",
            CreatedAt = DateTime.UnixEpoch,
        });
        await db.SaveChangesAsync(Token);
    }
}
