using Migrate.Executor.Sources;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Planner.VSphere;
using Migrate.Simulator.Estates;
using Microsoft.EntityFrameworkCore;

namespace Migrate.Executor.Tests.Runs;

/// <summary>A worker that was killed leaves its export behind, and the source lets nobody else export the VM until it has noticed.</summary>
[UsesDatabase]
public sealed class ExportBusyTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_waits_for_an_export_that_is_left_over_however_long_it_takes_and_says_so()
    {
        await using var site = await WarmSite.OpenAsync(
            new WarmPolicy(), change: vm => vm with { Disks = [new EstateDisk { Capacity = 3 << 20, Backing = EstateBacking.SeSparse, ZeroShare = 0 }] }, mode: MigrationMode.Cold,
            options: x => x with { BusySourcePoll = TimeSpan.FromMilliseconds(20), TransientRetries = 2 });
        site.Simulator.Faults.OneExportPerVm = true;
        await site.StepUntilAsync(RunPhase.Seeding);
        await using (var session = await OpenAsync(site))
        {
            await using var left = await session.OpenExportLeaseAsync((await site.RunAsync()).VmKey, Cancel);
            for (var i = 0; i < 6; i++)
            {
                await site.StepAsync();
                await Task.Delay(30, Cancel);
                var waiting = await site.RunAsync();
                (waiting.Phase, waiting.ErrorCode, waiting.TransientFailures).ShouldBe((RunPhase.Seeding, null, 0), await site.LogAsync());
                waiting.DueAt.ShouldNotBeNull();
            }
        }

        (await site.LogAsync()).ShouldContain("'vm' cannot be exported now, since another task has it");
        await site.StepUntilAsync(RunPhase.Completed);
        await site.ShouldEqualAsync();
    }

    private static async Task<VSphereSession> OpenAsync(WarmSite site)
    {
        await using var db = await site.Get<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel);
        return await site.Get<SourceAccess>().OpenAsync(await db.Sources.SingleAsync(Cancel), Cancel);
    }
}
