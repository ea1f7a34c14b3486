using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Executor.Copy.Throttle;
using Migrate.Executor.Runs;
using Migrate.Executor.Runs.Warm;
using Migrate.Planner;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Planner.VSphere;
using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.Executor.Tests.Runs;

/// <summary>Warm runs against a simulated vCenter whose guest writes between any two requests.</summary>
[UsesDatabase]
public sealed class WarmRunTests(PostgresCluster postgres)
{
    private static readonly WarmPolicy Policy = new() { AllowedDowntimeSeconds = 3600, PassIntervalSeconds = 0, CutOverWhenReady = true, DatastoreFreeShare = 0 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_running_VM_is_seeded_kept_in_step_and_cut_over_and_the_copy_is_what_it_wrote_last(bool onPostgres)
    {
        await using var site = await WarmSite.OpenAsync(Policy, postgres: onPostgres ? await postgres.CreateDatabaseAsync(Cancel) : null);
        await site.StepUntilAsync(RunPhase.Syncing);
        site.Simulator.PowerStateOf(WarmSite.VmName).ShouldBe("poweredOn", "nobody is without service while the disks are copied");
        site.Simulator.SnapshotsOf(WarmSite.VmName).ShouldBeEmpty("the seed has ended, and its snapshot with it");
        (await site.RunAsync()).SourceChanges.ShouldContain("ctkEnabled");

        await site.StepUntilAsync(RunPhase.Completed);

        site.Simulator.PowerStateOf(WarmSite.VmName).ShouldBe("poweredOff");
        await site.ShouldEqualAsync();
        site.SourceShouldBeAsItWas();
        var passes = await site.PassesAsync();
        passes.ShouldAllBe(x => x.Outcome == PassOutcome.Completed && x.FinishedAt >= x.CopiedAt && x.CopiedAt >= x.FrozenAt);
        passes.Select(x => x.Number).ShouldBe(Enumerable.Range(1, passes.Count));
        passes.Count.ShouldBeGreaterThanOrEqualTo(3, "a seed, at least one of changes, the last one");
        passes.SkipLast(1).ShouldAllBe(x => !x.IsLast && x.FreezeMs > 0 && x.MergeMs > 0);
        (passes[^1].IsLast, passes[^1].FreezeMs, passes[^1].MergeMs).ShouldBe((true, null, null));
        var disks = await site.PassDisksAsync();
        disks.Count.ShouldBe(passes.Count * 2);
        disks.Where(x => x.PassId == passes[0].Id).ShouldAllBe(x => x.Basis == PassBasis.UsedAreas);
        disks.Where(x => x.PassId != passes[0].Id).ShouldAllBe(x => x.Basis == PassBasis.Changes && x.SampledExtents + (x.BytesNamed >> 20) > 0 && x.WrongExtents == 0);
        var run = await site.RunAsync();
        (run.TrackingPhase, run.LastPassAt is null, run.DowntimeStartedAt is null).ShouldBe((TrackingPhase.Ended, false, false));
        run.SourceChanges.ShouldNotContain("snapshot");
    }

    [Fact]
    public async Task Change_tracking_that_was_on_stays_on()
    {
        await using var site = await WarmSite.OpenAsync(Policy, change: vm => vm with { Cbt = true });
        await site.StepUntilAsync(RunPhase.Completed);

        await site.ShouldEqualAsync();
        site.Simulator.ChangeTrackingOf(WarmSite.VmName).ShouldBeTrue();
        site.SourceShouldBeAsItWas();
    }

    [Fact]
    public async Task A_reset_of_change_tracking_in_between_makes_a_pass_that_compares_and_sends_only_what_differs()
    {
        await using var site = await WarmSite.OpenAsync(Policy with { CutOverWhenReady = false });
        await site.StepUntilAsync(RunPhase.Ready);
        site.Simulator.Faults.ResetChangeTracking(WarmSite.VmName);
        site.Simulator.Guests.Write(WarmSite.VmName, 0, 1 << 20, 4096, 77);

        await site.Get<RunControl>().SyncAsync(site.RunId, Cancel);
        await site.StepAsync();
        await site.StepUntilAsync(RunPhase.Ready);

        var compared = (await site.PassDisksAsync()).Where(x => x.Basis == PassBasis.Everything).ToList();
        compared.Count.ShouldBe(2);
        compared.ShouldAllBe(x => x.Reason.Contains("reset"));
        compared.ShouldAllBe(x => x.BytesSent < x.BytesRead);
        await site.Get<RunControl>().CutOverAsync(site.RunId, null, force: false, new ApproversWord("a test", "because of it"), Cancel);
        await site.StepUntilAsync(RunPhase.Completed);
        await site.ShouldEqualAsync();
        site.SourceShouldBeAsItWas();
    }

    [Fact]
    public async Task A_source_that_was_found_wrong_once_is_not_believed_again_by_any_pass_of_the_run()
    {
        await using var site = await WarmSite.OpenAsync(Policy with { CutOverWhenReady = false }, writesPerRequest: 0);
        await site.StepUntilAsync(RunPhase.Ready);
        site.Simulator.Guests.Write(WarmSite.VmName, 0, 1 << 20, 4096, 77);
        site.Simulator.Faults.LoseChanges(WarmSite.VmName, 1, 3);
        await SyncAsync();
        var found = await LastAsync();
        (found.Sum(x => x.WrongExtents), found.TrueForAll(x => x.Basis == PassBasis.Changes)).ShouldBe((1, true));
        (await site.LogAsync()).ShouldContain("is not believed any more");

        // What no sample has to find any more, and on the disk whose sample was right.
        site.Simulator.Guests.Write(WarmSite.VmName, 1, 2 << 20, 4096, 78);
        await SyncAsync();
        (await LastAsync()).ShouldAllBe(x => x.Basis == PassBasis.Everything && x.Reason.Contains("self-test of pass"));
        site.Simulator.Guests.Write(WarmSite.VmName, 1, 1 << 20, 4096, 79);
        await site.Get<RunControl>().CutOverAsync(site.RunId, null, force: false, new ApproversWord("a test", "because of it"), Cancel);
        await site.StepUntilAsync(RunPhase.Completed);

        (await LastAsync()).ShouldAllBe(x => x.Basis == PassBasis.Everything);
        await site.ShouldEqualAsync();
        site.SourceShouldBeAsItWas();

        async Task SyncAsync()
        {
            await site.Get<RunControl>().SyncAsync(site.RunId, Cancel);
            await site.StepAsync();
            await site.StepUntilAsync(RunPhase.Ready);
        }

        async Task<List<RunPassDisk>> LastAsync()
        {
            var last = (await site.PassesAsync())[^1].Id;
            return [.. (await site.PassDisksAsync()).Where(x => x.PassId == last)];
        }
    }

    [Fact]
    public async Task A_pass_that_is_asked_for_during_another_lets_that_end_and_follows_it()
    {
        await using var site = await WarmSite.OpenAsync(Policy with { CutOverWhenReady = false }, writesPerRequest: 0);
        await site.StepUntilAsync(RunPhase.Ready);
        var before = (await site.PassesAsync()).Count;
        await site.Get<RunControl>().SyncAsync(site.RunId, Cancel);
        await site.StepAsync();
        site.Simulator.Guests.Write(WarmSite.VmName, 0, 1 << 20, 4096, 77);
        site.Simulator.Faults.ReadBytesPerSecond = 256 << 10;
        var passing = site.StepAsync();
        while ((await site.PassDisksAsync()).Select(x => x.PassId).Distinct().Count() == before)
        {
            await Task.Delay(20, Cancel);
        }

        // Younger than what the pass under way reads.
        site.Simulator.Guests.Write(WarmSite.VmName, 1, 1 << 20, 4096, 78);
        await site.Get<RunControl>().SyncAsync(site.RunId, Cancel);
        await passing;
        site.Simulator.Faults.ReadBytesPerSecond = null;
        await site.StepUntilAsync(RunPhase.Ready);

        (await site.LogAsync()).ShouldNotContain("goes on where its worker ended");
        var passes = await site.PassesAsync();
        (passes.Count, passes.TrueForAll(x => x.Outcome == PassOutcome.Completed)).ShouldBe((before + 2, true));
        (await site.PassDisksAsync()).Where(x => x.PassId == passes[^1].Id).Sum(x => x.BytesSent).ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_backup_s_snapshot_is_waited_for_and_left_alone()
    {
        await using var site = await WarmSite.OpenAsync(Policy with { CutOverWhenReady = false });
        await site.StepUntilAsync(RunPhase.Ready);
        await using var session = await VSphereSession.OpenAsync(
            new(site.Simulator.Url, site.Simulator.UserName, site.Simulator.Password, site.Simulator.Thumbprint), TimeProvider.System, NullLoggerFactory.Instance, Cancel);
        var vm = (await session.ReadInventoryAsync(Cancel)).Vms.Single();
        // Somebody else's run of the same product is somebody else, too.
        var backup = new ChangeTracker(session, TrackingState.For(Guid.NewGuid(), vm), (_, _) => Task.CompletedTask, new() { Poll = TimeSpan.FromMilliseconds(5), FreeShare = 0 }, NullLogger<ChangeTracker>.Instance);
        await backup.EnableAsync(Cancel);
        await using var begun = await backup.BeginPassAsync(Cancel);

        await site.Get<RunControl>().SyncAsync(site.RunId, Cancel);
        await site.StepAsync();
        await site.StepAsync();

        var waiting = await site.RunAsync();
        (waiting.Phase, waiting.ErrorCode).ShouldBe((RunPhase.Syncing, null));
        waiting.DueAt!.Value.ShouldBeGreaterThan(DateTime.UtcNow.AddMinutes(1));
        (await site.LogAsync()).ShouldContain("has a snapshot that is not ours");
        site.Simulator.SnapshotsOf(WarmSite.VmName).ShouldHaveSingleItem().ShouldBe($"migrate-{backup.State.RunId:N}-1");

        await backup.CompletePassAsync(Cancel);
        await site.Get<RunControl>().SyncAsync(site.RunId, Cancel);
        await site.StepAsync();
        await site.StepUntilAsync(RunPhase.Ready);
        await site.Get<RunControl>().CutOverAsync(site.RunId, null, force: false, new ApproversWord("a test", "because of it"), Cancel);
        await site.StepUntilAsync(RunPhase.Completed);
        await site.ShouldEqualAsync();
    }

    [Fact]
    public async Task A_datastore_that_fills_up_ends_the_pass_with_its_name_and_without_a_snapshot()
    {
        await using var site = await WarmSite.OpenAsync(Policy with { CutOverWhenReady = false, DatastoreFreeShare = 0.1 });
        await site.StepUntilAsync(RunPhase.Ready);
        Gate(site).Pause(); // The pass is not over before there is too little space, however late that is.
        await site.Get<RunControl>().SyncAsync(site.RunId, Cancel);
        await site.StepAsync();
        var stepping = site.StepAsync();
        while (site.Simulator.SnapshotsOf(WarmSite.VmName).Count == 0 && !stepping.IsCompleted)
        {
            await Task.Delay(5, Cancel);
        }

        site.Simulator.Faults.SetFreeSpace("ds1", 1 << 20);
        await stepping;

        site.Simulator.SnapshotsOf(WarmSite.VmName).ShouldBeEmpty();
        var given = (await site.PassesAsync())[^1];
        given.Outcome.ShouldBe(PassOutcome.GivenUp);
        given.Reason!.ShouldContain("ds1");
        (await site.RunAsync()).TransientFailures.ShouldBe(1);

        // The cause is gone: the next pass has the changes of the one that was given up, too.
        Gate(site).Resume();
        site.Simulator.Faults.SetFreeSpace("ds1", 1L << 40);
        await site.StepUntilAsync(RunPhase.Ready);
        await site.Get<RunControl>().CutOverAsync(site.RunId, null, force: false, new ApproversWord("a test", "because of it"), Cancel);
        await site.StepUntilAsync(RunPhase.Completed);
        await site.ShouldEqualAsync();
        site.SourceShouldBeAsItWas();
    }

    [Theory]
    [InlineData(RunPhase.Seeding)]
    [InlineData(RunPhase.Syncing)]
    [InlineData(RunPhase.Ready)]
    public async Task Rolling_back_leaves_the_source_as_it_was(RunPhase phase)
    {
        await using var site = await WarmSite.OpenAsync(Policy with { CutOverWhenReady = false });
        await site.StepUntilAsync(phase);
        var stepping = Task.CompletedTask;
        if (phase != RunPhase.Ready)
        {
            site.Simulator.Faults.ReadBytesPerSecond = 1 << 20;
            stepping = site.StepAsync();
            while (site.Simulator.SnapshotsOf(WarmSite.VmName).Count == 0 && !stepping.IsCompleted)
            {
                await Task.Delay(5, Cancel);
            }
        }

        await site.Get<RunControl>().RollBackAsync(site.RunId, deleteData: true, discardChanges: false, new ApproversWord("a test", "because of it"), Cancel);
        await stepping;
        await site.StepUntilAsync(RunPhase.RolledBack);

        site.SourceShouldBeAsItWas();
        site.Simulator.PowerStateOf(WarmSite.VmName).ShouldBe("poweredOn");
        (await site.RunAsync()).SourceChanges.ShouldBe("[]");
        (await site.PassesAsync()).ShouldAllBe(x => x.Outcome != PassOutcome.Running);
    }

    [Fact]
    public async Task A_paused_run_keeps_no_snapshot_and_goes_on_where_it_was()
    {
        await using var site = await WarmSite.OpenAsync(Policy);
        await site.StepUntilAsync(RunPhase.Syncing);
        Gate(site).Pause(); // The pass is not over before the run is told to pause, however late that is.
        var stepping = site.StepAsync();
        while ((await site.PassesAsync())[^1].Outcome != PassOutcome.Running && !stepping.IsCompleted)
        {
            await Task.Delay(5, Cancel);
        }

        await site.Get<RunControl>().PauseAsync(site.RunId, Cancel);
        await stepping;

        (await site.RunAsync()).Phase.ShouldBe(RunPhase.Paused);
        site.Simulator.SnapshotsOf(WarmSite.VmName).ShouldBeEmpty();
        (await site.PassesAsync())[^1].Reason.ShouldBe("The run is paused.");
        Gate(site).Resume();
        await site.Get<RunControl>().ResumeAsync(site.RunId, Cancel);
        await site.StepUntilAsync(RunPhase.Completed);
        await site.ShouldEqualAsync();
        site.SourceShouldBeAsItWas();
    }

    [Fact]
    public async Task A_run_that_does_not_come_to_fit_the_downtime_says_why_and_goes_on_in_its_own_time()
    {
        await using var site = await WarmSite.OpenAsync(Policy with { AllowedDowntimeSeconds = 1, PassIntervalSeconds = 600 });
        await site.StepUntilAsync(RunPhase.Syncing);
        await site.StepAsync();

        var run = await site.RunAsync();
        (run.Phase, run.ReadyAt).ShouldBe((RunPhase.Syncing, null));
        run.DueAt!.Value.ShouldBeGreaterThan(DateTime.UtcNow.AddMinutes(5));
        (await site.LogAsync()).ShouldContain("do not come to fit the allowed downtime");
        var refused = await Should.ThrowAsync<MigrateException>(() => site.Get<RunControl>().CutOverAsync(site.RunId, null, force: false, new ApproversWord("a test", "because of it"), Cancel));
        refused.Code.ShouldBe("run.not-ready");
        (await site.Get<WarmForecast>().OfRunAsync(site.RunId, Cancel))!.Code.ShouldBeOneOf("forecast.fixed-downtime", "forecast.change-rate"); // By how fast this machine copies.

        await site.Get<RunControl>().CutOverAsync(site.RunId, null, force: true, new ApproversWord("a test", "because of it"), Cancel);
        await site.StepUntilAsync(RunPhase.Completed);
        await site.ShouldEqualAsync();
    }

    /// <summary>Nothing is read of the VM's disks while it is paused.</summary>
    private static PauseGate Gate(WarmSite site) => site.Get<CopyThrottles>().Of(new ThrottleKey(ThrottleScope.Datastore, "ds1")).Gate;
}
