using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Runs.Warm;
using Migrate.Planner.Convergence;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Tests.Runs;

/// <summary>What a plan's level of verification means for passes: counted at both ends.</summary>
[UsesDatabase]
public sealed class WarmVerifyTests
{
    private const long MiB = 1 << 20;
    private static readonly WarmPolicy Policy = new() { AllowedDowntimeSeconds = 3600, PassIntervalSeconds = 0, CutOverWhenReady = true, DatastoreFreeShare = 0 };
    private static readonly long[] Sizes = [(6 * MiB) + 4096, 3 * MiB];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Source_reads_both_sides_in_full_once_more_when_the_last_pass_is_made()
    {
        await using var site = await WarmSite.OpenAsync(Policy, Sizes, verify: VerifyLevel.Source);
        await site.StepUntilAsync(RunPhase.CuttingOver);
        var before = site.Simulator.DiskBytesSent;

        await site.StepUntilAsync(RunPhase.Completed);

        await site.ShouldEqualAsync();
        (site.Simulator.DiskBytesSent - before).ShouldBeGreaterThanOrEqualTo(Sizes.Sum());
        (await site.LogAsync()).ShouldContain("Hard disk 1 is verified: the source gave the same once more, and so does the namespace.");
    }

    [Fact]
    public async Task Sample_reads_nothing_back_but_a_sample_at_the_end()
    {
        await using var site = await WarmSite.OpenAsync(Policy, Sizes, verify: VerifyLevel.Sample);
        await site.StepUntilAsync(RunPhase.CuttingOver);
        site.ReadBack.ShouldBe(0);

        await site.StepUntilAsync(RunPhase.Completed);

        (await site.EqualsSourceAsync()).ShouldBeTrue();
        site.ReadBack.ShouldBeGreaterThan(0);
        (await site.LogAsync()).ShouldContain("Hard disk 1 is verified by a sample: ");
        await using var db = await site.Get<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel);
        (await db.RunDisks.Where(x => x.RunId == site.RunId).ToListAsync(Cancel)).ShouldAllBe(x => x.VerifiedAt != null && x.SourceHash != null && x.DestinationHash == null);
    }

    [Fact]
    public async Task The_forecast_counts_what_is_read_in_the_downtime()
    {
        // All of the disks once more take longer than is allowed, at the rate that the passes had.
        await using var site = await WarmSite.OpenAsync(Policy with { AllowedDowntimeSeconds = 90, CutOverWhenReady = false }, Sizes, verify: VerifyLevel.Source);
        await site.StepUntilAsync(RunPhase.Ready);
        (await ForecastAsync(site)).PassesNeeded.ShouldBe(0);
        await using (var db = await site.Get<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel))
        {
            foreach (var pass in await db.RunPasses.Where(x => x.RunId == site.RunId).ToListAsync(Cancel))
            {
                var read = await db.RunPassDisks.Where(x => x.PassId == pass.Id).SumAsync(x => x.BytesRead, Cancel);
                pass.CopiedAt = pass.FrozenAt!.Value.AddSeconds(60.0 * read / Sizes.Sum());
            }

            await db.SaveChangesAsync(Cancel);
        }

        var never = await ForecastAsync(site);

        never.Code.ShouldBe("forecast.verification");
        never.DowntimeSeconds.Likely.ShouldBeGreaterThanOrEqualTo(120);
    }

    private static async Task<ConvergenceForecast> ForecastAsync(WarmSite site) => (await site.Get<WarmForecast>().OfRunAsync(site.RunId, Cancel)).ShouldNotBeNull();
}
