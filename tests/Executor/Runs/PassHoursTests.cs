using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Copy.Throttle;
using Migrate.Executor.Runs;
using Migrate.Executor.Runs.Warm;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Tests.Runs;

/// <summary>"No copying from 8 to 18" beside snapshots, which grow, and beside a downtime, which lasts.</summary>
[UsesDatabase]
public sealed class PassHoursTests
{
    private static readonly WarmPolicy Policy = new() { AllowedDowntimeSeconds = 3600, PassIntervalSeconds = 0, DatastoreFreeShare = 0 };
    private static readonly long[] Sizes = [(4L << 20) + 4096];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_pass_begins_at_closed_hours_and_the_cutover_is_not_held_up_by_them()
    {
        await using var site = await WarmSite.OpenAsync(Policy, Sizes);
        await site.StepUntilAsync(RunPhase.Ready);
        var stuns = site.Simulator.StunsOf(WarmSite.VmName);
        var passes = (await site.PassesAsync()).Count;
        Limit(site).Profile = ClosedFor(TimeSpan.FromHours(2));

        await site.Get<RunControl>().SyncAsync(site.RunId, Cancel);
        await site.StepAsync();
        await site.StepAsync();

        var waiting = await site.RunAsync();
        (waiting.Phase, waiting.ErrorCode).ShouldBe((RunPhase.Syncing, null));
        waiting.DueAt!.Value.ShouldBeInRange(DateTime.UtcNow.AddMinutes(110), DateTime.UtcNow.AddMinutes(121));
        site.Simulator.StunsOf(WarmSite.VmName).ShouldBe(stuns);
        (await site.PassesAsync()).Count.ShouldBe(passes);

        await site.Get<RunControl>().CutOverAsync(site.RunId, null, force: false, new ApproversWord("a test", "because of it"), Cancel);
        await site.StepUntilAsync(RunPhase.Completed);
        await site.ShouldEqualAsync();
    }

    [Fact]
    public async Task A_pass_that_closed_hours_overtake_is_given_up_with_its_snapshot()
    {
        await using var site = await WarmSite.OpenAsync(Policy, [48L << 20]);
        await site.StepUntilAsync(RunPhase.Syncing);
        site.Simulator.Guests.Burst(WarmSite.VmName, 0, 400, 4096, seed: 3); // More than is read at once.
        Limit(site).Gate.Pause(); // It does not get to its end before the hours close, however late that is.
        var stepping = site.StepAsync();
        while ((await site.PassesAsync())[^1].Outcome != PassOutcome.Running && !stepping.IsCompleted)
        {
            await Task.Delay(5, Cancel);
        }

        Limit(site).Profile = ClosedFor(TimeSpan.FromHours(2));
        Limit(site).Gate.Resume();
        await stepping;

        site.Simulator.SnapshotsOf(WarmSite.VmName).ShouldBeEmpty();
        var given = (await site.PassesAsync())[^1];
        given.Outcome.ShouldBe(PassOutcome.GivenUp, await site.LogAsync());
        given.Reason!.ShouldContain("At this hour nothing may be copied");
        var waiting = await site.RunAsync();
        (waiting.Phase, waiting.TransientFailures).ShouldBe((RunPhase.Syncing, 0));
        waiting.DueAt!.Value.ShouldBeGreaterThan(DateTime.UtcNow.AddMinutes(100));

        Limit(site).Profile = ThrottleProfile.Unlimited;
        await site.Get<RunControl>().HurryAsync(site.RunId, Cancel);
        await site.StepUntilAsync(RunPhase.Ready);
        await site.Get<RunControl>().CutOverAsync(site.RunId, null, force: false, new ApproversWord("a test", "because of it"), Cancel);
        await site.StepUntilAsync(RunPhase.Completed);
        await site.ShouldEqualAsync();
        site.SourceShouldBeAsItWas();
    }

    [Fact]
    public async Task What_a_pass_that_was_given_up_left_unread_is_read_back_before_the_guest_goes_down()
    {
        await using var site = await WarmSite.OpenAsync(Policy, Sizes);
        await site.StepUntilAsync(RunPhase.Ready);
        await using (var db = await site.Get<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel))
        {
            // As a pass leaves it that was given up: it has begun to write, and has read nothing back.
            await db.RunDisks.Where(x => x.RunId == site.RunId).ExecuteUpdateAsync(set => set.SetProperty(x => x.VerifiedAt, (DateTime?)null), Cancel);
        }

        await site.Get<RunControl>().CutOverAsync(site.RunId, null, force: true, new ApproversWord("a test", "because of it"), Cancel);
        await site.StepUntilAsync(RunPhase.Completed);

        await site.ShouldEqualAsync();
        var log = await site.LogAsync();
        var (read, down) = (log.IndexOf("Reading back Hard disk 1 before the guest is shut down", StringComparison.Ordinal), log.IndexOf("Shutting the guest down", StringComparison.Ordinal));
        (read >= 0 && read < down).ShouldBeTrue(log);
    }

    [Fact]
    public async Task A_pass_that_would_not_come_to_its_end_before_they_close_is_not_begun()
    {
        await using var site = await WarmSite.OpenAsync(Policy, Sizes);
        await site.StepUntilAsync(RunPhase.Ready);
        await using (var db = await site.Get<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel))
        {
            foreach (var pass in await db.RunPasses.Where(x => x.RunId == site.RunId).ToListAsync(Cancel))
            {
                pass.CopiedAt = pass.FrozenAt!.Value.AddMinutes(30); // As if this was how long passes take.
            }

            await db.SaveChangesAsync(Cancel);
        }

        var stuns = site.Simulator.StunsOf(WarmSite.VmName);
        Limit(site).Profile = ClosedFrom(TimeSpan.FromMinutes(20));
        await site.Get<RunControl>().SyncAsync(site.RunId, Cancel);
        await site.StepAsync();
        await site.StepAsync();
        site.Simulator.StunsOf(WarmSite.VmName).ShouldBe(stuns);
        (await site.RunAsync()).DueAt!.Value.ShouldBeGreaterThan(DateTime.UtcNow.AddMinutes(15));

        Limit(site).Profile = ClosedFrom(TimeSpan.FromMinutes(60));
        await site.Get<RunControl>().HurryAsync(site.RunId, Cancel);
        await site.StepUntilAsync(RunPhase.Ready);
        site.Simulator.StunsOf(WarmSite.VmName).ShouldBeGreaterThan(stuns);
    }

    [Fact]
    public async Task Hours_that_no_pass_fits_into_are_said_with_what_to_do_in_the_run_and_in_its_forecast()
    {
        await using var site = await WarmSite.OpenAsync(Policy with { AllowedDowntimeSeconds = 1 }, Sizes);
        await site.StepUntilAsync(RunPhase.Syncing);
        while (!(await site.PassesAsync()).Exists(x => x is { Number: > 1, Outcome: PassOutcome.Completed }))
        {
            await SyncAsync(site);
        }

        await using (var db = await site.Get<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel))
        {
            foreach (var pass in await db.RunPasses.Where(x => x.RunId == site.RunId).ToListAsync(Cancel))
            {
                pass.CopiedAt = pass.FrozenAt!.Value.AddMinutes(90); // As if this was how long passes take.
            }

            await db.SaveChangesAsync(Cancel);
        }

        // Open for an hour of each day, which has just begun.
        var until = TimeOnly.FromDateTime(DateTime.Now.AddMinutes(58));
        Limit(site).Profile = new(new ThrottleLimits(0, null), [new ThrottleWindow([], until.AddHours(-1), until, ThrottleLimits.None)]);
        await SyncAsync(site);

        var log = await site.LogAsync();
        log.ShouldContain("warning A pass of 'vm' takes 90 minutes, and the hours of its limits are never open for more than 60");
        log.ShouldContain("'migrate limit set'");
        var forecast = (await site.Get<WarmForecast>().OfRunAsync(site.RunId, Cancel)).ShouldNotBeNull();
        (forecast.Converges, forecast.Code).ShouldBe((false, "forecast.hours"));
        forecast.Why.ShouldNotBeNull().ShouldContain("3600 s");
    }

    private static async Task SyncAsync(WarmSite site)
    {
        await site.Get<RunControl>().SyncAsync(site.RunId, Cancel);
        await site.StepAsync();
        await site.StepAsync();
    }

    private static SharedThrottle Limit(WarmSite site) => site.Get<CopyThrottles>().Of(new ThrottleKey(ThrottleScope.Datastore, "ds1"));

    private static ThrottleProfile ClosedFor(TimeSpan span) => Closed(TimeSpan.FromHours(-1), span);

    private static ThrottleProfile ClosedFrom(TimeSpan start) => Closed(start, start + TimeSpan.FromHours(3));

    private static ThrottleProfile Closed(TimeSpan from, TimeSpan until) =>
        new(ThrottleLimits.None, [new ThrottleWindow([], TimeOnly.FromDateTime(DateTime.Now + from), TimeOnly.FromDateTime(DateTime.Now + until), new ThrottleLimits(0, null))]);
}
