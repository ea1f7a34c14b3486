using System.Text.Json;
using Microsoft.Data.Sqlite;
using Migrate.Executor.Runs;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Planner.VSphere;

namespace Migrate.Executor.Tests.Runs;

/// <summary>Somebody switches the source on, and off again, while nobody looks: being off at every look proves nothing.</summary>
[UsesDatabase]
public sealed class SourceAtRestTests
{
    private static readonly WarmPolicy Policy = new() { AllowedDowntimeSeconds = 3600, PassIntervalSeconds = 0, CutOverWhenReady = true, DatastoreFreeShare = 0 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public enum Told
    {
        ByEventsAndConfiguration,
        /// <summary>The server has no events.</summary>
        ByConfiguration,
    }

    [Theory]
    [InlineData(MigrationMode.Warm, Told.ByEventsAndConfiguration)]
    [InlineData(MigrationMode.Warm, Told.ByConfiguration)]
    [InlineData(MigrationMode.Cold, Told.ByEventsAndConfiguration)]
    [InlineData(MigrationMode.Cold, Told.ByConfiguration)]
    public async Task One_that_ran_after_its_last_bytes_were_read_is_copied_again(MigrationMode mode, Told told)
    {
        await using var site = await WarmSite.OpenAsync(Policy, mode: mode);
        await CopiedAsync(site);
        site.RunABit();
        if (told == Told.ByConfiguration)
        {
            site.Simulator.Faults.ForgetEvents();
        }

        await site.StepUntilAsync(RunPhase.Completed);

        await site.ShouldEqualAsync();
        site.Starts.ShouldBe(1);
        (await site.LogAsync()).ShouldContain(told == Told.ByConfiguration ? "its configuration was written anew" : "it was started at");
    }

    [Theory]
    [InlineData(MigrationMode.Warm)]
    [InlineData(MigrationMode.Cold)]
    public async Task One_that_ran_while_the_cutover_was_under_way_is_copied_again_and_its_domain_goes(MigrationMode mode)
    {
        await using var site = await WarmSite.OpenAsync(Policy, mode: mode);
        site.WithDomain = () =>
        {
            site.WithDomain = null;
            site.RunABit();
            return Task.CompletedTask;
        };

        await site.StepUntilAsync(RunPhase.Completed);

        await site.ShouldEqualAsync();
        site.Starts.ShouldBe(2);
    }

    [Fact]
    public async Task A_cold_copy_in_the_middle_of_which_the_source_ran_begins_again()
    {
        await using var site = await WarmSite.OpenAsync(Policy, mode: MigrationMode.Cold);
        site.Simulator.Faults.ReadBytesPerSecond = 2 << 20;
        await site.StepUntilAsync(RunPhase.Seeding);
        var stepping = site.StepAsync();
        while ((await site.RunAsync()).SourceAtRest is null)
        {
            await Task.Delay(5, Cancel);
        }

        await Task.Delay(1000, Cancel);
        await site.Get<RunControl>().PauseAsync(site.RunId, Cancel);
        await stepping;
        var before = (await site.RunAsync()).SourceAtRest;
        (await site.RunAsync()).Phase.ShouldBe(RunPhase.Paused, "the copy is not through");
        site.RunABit();
        site.Simulator.Faults.ReadBytesPerSecond = null;
        await site.Get<RunControl>().ResumeAsync(site.RunId, Cancel);

        await site.StepUntilAsync(RunPhase.Completed);

        await site.ShouldEqualAsync();
        (await site.RunAsync()).SourceAtRest.ShouldNotBe(before);
    }

    [Theory]
    [InlineData(MigrationMode.Warm)]
    [InlineData(MigrationMode.Cold)]
    public async Task Editing_its_settings_is_no_reason_to_copy_again(MigrationMode mode)
    {
        await using var site = await WarmSite.OpenAsync(Policy, mode: mode);
        await CopiedAsync(site);
        var before = await NotedAtAsync(site);
        site.Simulator.Faults.Reconfigure(WarmSite.VmName);

        await site.StepUntilAsync(RunPhase.Completed);

        (await NotedAtAsync(site)).ShouldBe(before, "what was copied then still counts");
        await site.ShouldEqualAsync();
    }

    [Fact]
    public async Task A_worker_that_died_with_its_domain_begun_leaves_nothing_by_which_a_last_pass_would_be_skipped()
    {
        await using var site = await WarmSite.OpenAsync(Policy);
        await CopiedAsync(site);
        var online = true;
        site.BeforeDomain = async () =>
        {
            online = (await site.NamespacesAsync()).Any(x => x.Online);
            site.Kill.Strike();
            throw new SqliteException("killed", 10);
        };
        await site.StepAsync(); // Which can no longer say so: its row stays as it was.
        site.Kill.HasStruck.ShouldBeTrue();
        online.ShouldBeFalse("the domain was about to take them");
        site.BeforeDomain = null;
        await site.StopAsync();
        await site.StartAsync();
        (await site.RunAsync()).DomainName.ShouldBe(WarmSite.VmName);
        site.Simulator.Faults.SetPower(WarmSite.VmName, "poweredOn");

        await site.StepUntilFailedAsync("source.not-off");

        var failed = await site.RunAsync();
        (failed.DomainName, failed.LastPassAt, failed.SourceAtRest).ShouldBe((null, null, null));
        (await site.NamespacesAsync()).ShouldAllBe(x => x.Online, "copies write to them by the target");
        await site.Get<RunControl>().RetryAsync(site.RunId, Cancel);
        await site.StepUntilAsync(RunPhase.Completed);
        await site.ShouldEqualAsync();
        (await site.PassesAsync()).Count(x => x is { IsLast: true, Outcome: PassOutcome.Completed }).ShouldBe(2, "a last pass for each copy");
    }

    /// <summary>Everything is read; the next step makes the domain.</summary>
    private static async Task<DateTime> NotedAtAsync(WarmSite site) => JsonSerializer.Deserialize<VmAtRest>((await site.RunAsync()).SourceAtRest!)!.At;

    private static async Task CopiedAsync(WarmSite site)
    {
        await site.StepUntilAsync(RunPhase.CuttingOver);
        while (await site.RunAsync() is { LastPassAt: null, TrackingPhase: not null })
        {
            await site.StepAsync();
            (await site.RunAsync()).Phase.ShouldBe(RunPhase.CuttingOver);
        }
    }
}
