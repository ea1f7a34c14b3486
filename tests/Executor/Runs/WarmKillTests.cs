using System.Data.Common;
using Microsoft.Data.Sqlite;
using Migrate.Executor.Runs;
using Migrate.Executor.Runs.Warm;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Tests.Runs;

/// <summary>The process dies: at every checkpoint that a pass writes, before and after it took effect, and at random ones.</summary>
[UsesDatabase]
public sealed class WarmKillTests
{
    private static readonly WarmPolicy Policy = new() { AllowedDowntimeSeconds = 3600, PassIntervalSeconds = 0, CutOverWhenReady = true, DatastoreFreeShare = 0 };
    private static readonly long[] Sizes = [(2L << 20) + 4096, 1L << 20];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(RunPhase.Preparing, "Enabling", false)]
    [InlineData(RunPhase.Preparing, "Enabling", true)]
    [InlineData(RunPhase.Seeding, "Freezing", true)]
    [InlineData(RunPhase.Seeding, "Frozen", false)]
    [InlineData(RunPhase.Seeding, "Frozen", true)]
    [InlineData(RunPhase.Seeding, "run_pass_disks.SourceHash", true)]
    [InlineData(RunPhase.Seeding, "run_passes.CopiedAt", true)]
    [InlineData(RunPhase.Seeding, "Thawing", false)]
    [InlineData(RunPhase.Syncing, "Frozen", true)]
    [InlineData(RunPhase.Syncing, "run_pass_disks.SourceHash", true)]
    [InlineData(RunPhase.Syncing, "Thawing", true)]
    [InlineData(RunPhase.Syncing, "run_passes.MergeMs", false)]
    [InlineData(RunPhase.Syncing, "run_disks.DestinationHash", false)]
    [InlineData(RunPhase.Ready, "runs.DowntimeStartedAt", true)]
    [InlineData(RunPhase.Ready, "Frozen", true)]
    [InlineData(RunPhase.Ready, "run_pass_disks.SourceHash", true)]
    [InlineData(RunPhase.Ready, "Thawing", true)]
    [InlineData(RunPhase.Ready, "runs.LastPassAt", false)]
    [InlineData(RunPhase.Ready, "Restoring", true)]
    public async Task Killed_at_a_checkpoint_the_run_goes_on_and_ends_with_the_source_s_bytes(RunPhase since, string point, bool afterwards)
    {
        await using var site = await WarmSite.OpenAsync(Policy, Sizes);
        await site.StepUntilAsync(since);
        site.Kill.Arm(At(point), afterwards);

        await RunUntilKilledAsync(site);
        site.Kill.HasStruck.ShouldBeTrue($"the run never came to {point}:\n{await LogAsync(site)}");
        await GoOnAsync(site);

        await ShouldBeRightAsync(site);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Killed_again_and_again_at_random_moments_it_still_comes_to_its_end(int seed)
    {
        var random = new Random(seed);
        await using var site = await WarmSite.OpenAsync(Policy, Sizes);
        var kills = 0;
        for (; kills < 10 && (await site.RunAsync()).Phase != RunPhase.Completed; kills++)
        {
            var left = random.Next(20, 120);
            site.Kill.Arm(_ => Interlocked.Decrement(ref left) == 0, random.Next(2) == 0);
            await RunUntilKilledAsync(site);
            await site.StopAsync();
            await site.StartAsync();
        }

        kills.ShouldBeGreaterThan(2);
        site.Kill.Arm(_ => false, false);
        await site.StepUntilAsync(RunPhase.Completed);
        await ShouldBeRightAsync(site);
    }

    [Fact]
    public async Task A_failed_run_s_snapshot_is_found_and_removed_and_the_retry_goes_on()
    {
        await using var site = await WarmSite.OpenAsync(Policy, Sizes);
        await site.StepUntilAsync(RunPhase.Syncing);
        // The target is gone in the middle of the pass: no transient failure of the source, and a snapshot that nobody removes.
        site.Kill.Arm(At("run_pass_disks.SourceHash"), afterwards: false);
        await RunUntilKilledAsync(site);
        await site.StopAsync();
        await site.StartAsync();
        site.Simulator.SnapshotsOf(WarmSite.VmName).ShouldHaveSingleItem();
        await site.FailAsync("target.io-failed");

        (await site.Get<SnapshotSweep>().SweepAsync(Cancel)).ShouldBe(1);

        site.Simulator.SnapshotsOf(WarmSite.VmName).ShouldBeEmpty();
        (await site.PassesAsync())[^1].Outcome.ShouldBe(PassOutcome.GivenUp);
        (await site.Get<SnapshotSweep>().SweepAsync(Cancel)).ShouldBe(0);
        await site.Get<RunControl>().RetryAsync(site.RunId, Cancel);
        await site.StepUntilAsync(RunPhase.Completed);
        await ShouldBeRightAsync(site);
    }

    /// <summary>The command that writes a state of the tracker ("Frozen"), or a column ("run_passes.CopiedAt").</summary>
    private static Func<DbCommand, bool> At(string point) => point.Split('.') is [var table, var column]
        ? command => command.Updates(table) && command.CommandText.Contains($"\"{column}\" =", StringComparison.Ordinal)
        : command => command.Updates("runs") && command.Parameters.Cast<DbParameter>().Any(x => point.Equals(x.Value));

    private static async Task RunUntilKilledAsync(WarmSite site)
    {
        try
        {
            await site.StepUntilAsync(RunPhase.Completed);
        }
        catch (Exception) when (site.Kill.HasStruck)
        {
            // Nothing of the process is left that could say so.
        }
    }

    private static async Task GoOnAsync(WarmSite site)
    {
        await site.StopAsync();
        await site.StartAsync();
        await site.StepUntilAsync(RunPhase.Completed);
    }

    private static async Task ShouldBeRightAsync(WarmSite site)
    {
        await site.ShouldEqualAsync();
        site.SourceShouldBeAsItWas();
        var passes = await site.PassesAsync();
        passes.ShouldAllBe(x => x.Outcome != PassOutcome.Running);
        passes[^1].IsLast.ShouldBeTrue();
        (await site.RunAsync()).SourceChanges.ShouldNotContain("ctkEnabled");
    }

    private static async Task<string> LogAsync(WarmSite site)
    {
        try
        {
            return await site.LogAsync();
        }
        catch (SqliteException)
        {
            return "(killed)";
        }
    }
}
