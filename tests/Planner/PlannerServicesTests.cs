using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Planner.Baselines;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Planner.Tests.Persistence;

namespace Migrate.Planner.Tests;

[UsesDatabase]
public class PlannerServicesTests
{
    [Fact]
    public async Task One_call_registers_everything_that_a_host_needs()
    {
        await using TestDatabase database = await TestDatabase.EmptyAsync();
        await using ServiceProvider services = new ServiceCollection().AddLogging().AddPlanner(database.Options)
            .BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });

        await services.GetRequiredService<MigrateDatabase>().MigrateAsync(TestContext.Current.CancellationToken);

        services.GetRequiredService<InventoryStore>().ShouldNotBeNull();
        services.GetRequiredService<BaselineStore>().ShouldNotBeNull();
        services.GetRequiredService<PlanMaker>().ShouldNotBeNull();
        (await services.GetRequiredService<PlanViews>().ListAsync(null, null, 0, 10, TestContext.Current.CancellationToken)).Total.ShouldBe(0);
        await using MigrateDb db = await services.GetRequiredService<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(TestContext.Current.CancellationToken);
        (await db.Sources.CountAsync(TestContext.Current.CancellationToken)).ShouldBe(0);
    }
}
