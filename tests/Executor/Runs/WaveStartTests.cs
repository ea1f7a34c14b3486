using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Executor.Runs;
using Migrate.Planner;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Tests.Runs;

/// <summary>A wave is judged for seconds; what is started is what was judged.</summary>
[UsesDatabase]
public sealed class WaveStartTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("disks planned anew")]
    [InlineData("VMs that came into another wave")]
    [InlineData("hours that were approved")]
    public async Task What_changes_while_a_wave_is_judged_is_not_started(string what)
    {
        await using var site = await WarmSite.OpenAsync(new WarmPolicy { AllowedDowntimeSeconds = 3600 });
        var plan = (await site.RunAsync()).PlanId;
        var databases = site.Get<IDbContextFactory<MigrateDb>>();
        await using (var db = databases.CreateDbContext())
        {
            await db.Runs.ExecuteUpdateAsync(set => set.SetProperty(x => x.Phase, RunPhase.RolledBack), Cancel);
        }

        async Task Meddle()
        {
            await using var db = databases.CreateDbContext();
            _ = what switch
            {
                "disks planned anew" => await db.PlanVms.ExecuteUpdateAsync(set => set.SetProperty(x => x.Disks, "[]"), Cancel),
                "hours that were approved" => await db.PlanVms.ExecuteUpdateAsync(set => set.SetProperty(x => x.BeginAt, DateTime.UtcNow.AddDays(7)), Cancel),
                _ => await db.Plans.ExecuteUpdateAsync(set => set.SetProperty(x => x.VmsChangedAt, DateTime.UtcNow), Cancel),
            };
        }

        var starter = ActivatorUtilities.CreateInstance<WaveStarter>(site.Get<IServiceProvider>(), new MeddledDatabases(databases, Meddle));

        (await Should.ThrowAsync<MigrateException>(() => starter.StartAsync(plan, 1, Cancel))).Code.ShouldBe("plan.changed.busy");

        await using var after = databases.CreateDbContext();
        (await after.Runs.CountAsync(Cancel)).ShouldBe(1, "the one that was rolled back");
    }

    [Fact]
    public async Task Epochs_go_on_when_earlier_runs_of_the_VM_were_deleted_with_their_plan()
    {
        await using var site = await WarmSite.OpenAsync(new WarmPolicy { AllowedDowntimeSeconds = 3600 });
        var first = await site.RunAsync();
        await using (var db = site.Get<IDbContextFactory<MigrateDb>>().CreateDbContext())
        {
            await db.Runs.ExecuteDeleteAsync(Cancel);
        }

        var second = (await site.Get<WaveStarter>().StartAsync(first.PlanId, 1, Cancel)).ShouldHaveSingleItem();

        second.LeaseEpoch.ShouldBeGreaterThan(first.LeaseEpoch, "the target remembers what it granted the namespaces with");
    }
}
