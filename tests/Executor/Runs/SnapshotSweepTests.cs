using System.Data.Common;
using Migrate.Executor.Runs;
using Migrate.Executor.Runs.Warm;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.Executor.Tests.Runs;

/// <summary>What is looked after when a run did not get as far as cleaning up by itself.</summary>
[UsesDatabase]
public sealed class SnapshotSweepTests
{
    private static readonly WarmPolicy Policy = new() { AllowedDowntimeSeconds = 3600, PassIntervalSeconds = 0, DatastoreFreeShare = 0 };
    private static readonly long[] Sizes = [(2L << 20) + 4096];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_never_takes_a_snapshot_not_even_of_a_run_that_was_about_to_prove_its_tracking()
    {
        await using var site = await WarmSite.OpenAsync(Policy, Sizes);
        await site.StepUntilAsync(RunPhase.Preparing);
        await KilledAsync(site, TrackingPhase.Enabling);
        site.Simulator.Faults.TakeSnapshot(WarmSite.VmName, "backup"); // Enabling beside it would be refused, for ever.
        await site.FailAsync("source.cbt-preconditions");
        var stuns = site.Simulator.StunsOf(WarmSite.VmName);

        (await site.Get<SnapshotSweep>().SweepAsync(Cancel)).ShouldBe(1);
        (await site.Get<SnapshotSweep>().SweepAsync(Cancel)).ShouldBe(0, "there is nothing left to look after");

        site.Simulator.StunsOf(WarmSite.VmName).ShouldBe(stuns);
        site.Simulator.SnapshotsOf(WarmSite.VmName).ShouldBe(["backup"]);
        site.Simulator.ChangeTrackingOf(WarmSite.VmName).ShouldBeFalse();
        await site.Simulator.Faults.RemoveSnapshotAsync(WarmSite.VmName, "backup");
        await site.Get<RunControl>().RetryAsync(site.RunId, Cancel);
        await site.StepUntilAsync(RunPhase.Ready);
    }

    [Fact]
    public async Task A_roll_back_that_failed_half_way_leaves_nothing_at_the_source()
    {
        await using var site = await WarmSite.OpenAsync(Policy, Sizes);
        await site.StepUntilAsync(RunPhase.Syncing);
        await KilledAsync(site, TrackingPhase.Frozen);
        site.Simulator.SnapshotsOf(WarmSite.VmName).ShouldHaveSingleItem();
        site.Simulator.Faults.FailTasks("RemoveSnapshot_Task", "SystemError", "the host lost its way", times: 100);
        await site.Get<RunControl>().RollBackAsync(site.RunId, deleteData: false, discardChanges: false, new ApproversWord("a test", "because of it"), Cancel);
        await site.StepUntilFailedAsync("source.fault");
        var failed = await site.RunAsync();
        (failed.ResumePhase, failed.TrackingPhase).ShouldBe((RunPhase.RolledBack, TrackingPhase.Restoring));
        site.Simulator.SnapshotsOf(WarmSite.VmName).ShouldHaveSingleItem();
        site.Simulator.Faults.FailTasks("RemoveSnapshot_Task", "SystemError", "", times: 0);

        (await site.Get<SnapshotSweep>().SweepAsync(Cancel)).ShouldBe(1);

        site.SourceShouldBeAsItWas();
        (await site.RunAsync()).TrackingPhase.ShouldBe(TrackingPhase.Ended);
        await site.Get<RunControl>().RollBackAsync(site.RunId, deleteData: false, discardChanges: false, new ApproversWord("a test", "because of it"), Cancel);
        await site.StepAsync();
        (await site.RunAsync()).Phase.ShouldBe(RunPhase.RolledBack);
    }

    private static async Task KilledAsync(WarmSite site, TrackingPhase at)
    {
        site.Kill.Arm(x => x.Updates("runs") && x.Parameters.Cast<DbParameter>().Any(y => at.ToString().Equals(y.Value)), afterwards: true);
        try
        {
            await site.StepUntilAsync(RunPhase.Completed);
        }
        catch (Exception) when (site.Kill.HasStruck)
        {
            // Nothing of the process is left that could say so.
        }

        site.Kill.HasStruck.ShouldBeTrue();
        await site.StopAsync();
        await site.StartAsync();
    }
}
