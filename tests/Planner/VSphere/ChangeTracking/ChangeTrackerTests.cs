using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Planner.VSphere.ChangeTracking;
using Migrate.Simulator.Estates;

namespace Migrate.Planner.Tests.VSphere.ChangeTracking;

/// <summary>The state machine against the simulator: each step, each thing that goes wrong, and going on from every saved state.</summary>
public sealed class ChangeTrackerTests
{
    private static readonly Guid Run = Guid.Parse("6f1f5a52-5f0c-4a6f-9d0a-0d4f6a3c1b11");
    private static readonly TrackingOptions Quick = TrackedSite.Quick;

    private readonly List<TrackingState> _saved = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_VM_is_tracked_over_passes_and_left_as_it_was_found()
    {
        await using var site = await TrackedSite.StartAsync(new EstateVm { Name = "web01", Cbt = false, Disks = [Disk(), Disk()] });
        var tracker = await TrackerAsync(site);
        await tracker.EnableAsync(Cancel);
        tracker.State.EnabledBefore.ShouldBe(false);
        site.Server.ChangeTrackingOf("web01").ShouldBeTrue();
        site.Server.SnapshotsOf("web01").ShouldBeEmpty();

        await using (var first = await tracker.BeginPassAsync(Cancel))
        {
            first.CrashConsistent.ShouldBeFalse();
            first.Disks.ShouldAllBe(d => d.Basis == PassBasis.UsedAreas && d.Disk.FrozenFile!.EndsWith(".vmdk") && !d.Disk.FrozenFile.Contains("-000"));
            site.Server.SnapshotsOf("web01").ShouldBe([$"migrate-{Run:N}-1"]);
            (await AreasAsync(first, 2000)).ShouldNotBeEmpty();
            site.Server.Guests.Write("web01", 0, 3 << 20, 1024, 5);
            await tracker.CompletePassAsync(Cancel);
        }

        site.Server.SnapshotsOf("web01").ShouldBeEmpty();
        site.Server.Guests.Write("web01", 0, 5 << 20, 512, 6);
        await using (var second = await tracker.BeginPassAsync(Cancel))
        {
            second.Disks.ShouldAllBe(d => d.Basis == PassBasis.Changes);
            (await AreasAsync(second, 2000)).ShouldBe([new(3 << 20, 65536), new(5 << 20, 65536)]);
            (await AreasAsync(second, 2001)).ShouldBeEmpty();
            var rate = (await second.ChangeRateAsync(2000, Cancel)).ShouldNotBeNull();
            rate.ChangedBytes.ShouldBe(131072);
            rate.BytesPerSecond.ShouldBe(131072 / (rate.To - rate.From).TotalSeconds);
            await tracker.CompletePassAsync(Cancel);
        }

        site.Server.Guests.Write("web01", 1, (8 << 20) - 512, 512, 7);
        (await Should.ThrowAsync<MigrateException>(() => tracker.BeginLastPassAsync(Cancel))).Code.ShouldBe("source.power-state");
        await site.Session.PowerOffAsync(tracker.State.VmKey, Cancel);
        await using (var last = await tracker.BeginLastPassAsync(Cancel))
        {
            last.SnapshotKey.ShouldBeNull();
            site.Server.SnapshotsOf("web01").ShouldBeEmpty();
            (await AreasAsync(last, 2001)).ShouldBe([new((8 << 20) - 65536, 65536)]);
            await tracker.CompletePassAsync(Cancel);
        }

        await tracker.RestoreAsync(Cancel);
        site.Server.ChangeTrackingOf("web01").ShouldBeFalse();
        tracker.State.Phase.ShouldBe(TrackingPhase.Ended);
    }

    [Fact]
    public async Task Everything_that_stands_against_tracking_is_told_at_once()
    {
        await using var site = await TrackedSite.StartAsync(new EstateVm
        {
            Name = "bad",
            CbtSupported = false,
            HardwareVersion = "vmx-04",
            ConsolidationNeeded = true,
            Snapshots = ["before the update"],
            Disks = [Disk(), Disk() with { Mode = "independent_persistent" }, Disk() with { MultiWriter = true, Thin = false }, Disk() with { Backing = EstateBacking.RdmPhysical }],
        });
        var tracker = await TrackerAsync(site);
        var refused = await Should.ThrowAsync<MigrateException>(() => tracker.EnableAsync(Cancel));
        refused.Code.ShouldBe("source.cbt-preconditions");
        foreach (var expected in new[] { "capability", "vmx-04", "before the update", "consolidation", "independent_persistent", "sharingMultiWriter", "physicalMode" })
        {
            refused.Message.ShouldContain(expected);
        }

        _saved.ShouldBeEmpty();
        site.Server.SnapshotsOf("bad").ShouldBe(["before the update"]);
    }

    [Fact]
    public async Task A_guest_that_will_not_hold_still_makes_the_pass_crash_consistent_or_fails_it_as_the_policy_says()
    {
        await using var site = await TrackedSite.StartAsync(new EstateVm { Name = "db", Disks = [Disk()] });
        var tracker = await TrackerAsync(site);
        await tracker.EnableAsync(Cancel);
        site.Server.Faults.FailQuiesce();
        await using (var pass = await tracker.BeginPassAsync(Cancel))
        {
            pass.CrashConsistent.ShouldBeTrue();
            await tracker.AbandonPassAsync(Cancel);
        }

        var strict = new ChangeTracker(site.Session, tracker.State, SaveAsync, Quick with { Quiesce = QuiescePolicy.Require }, NullLogger<ChangeTracker>.Instance);
        site.Server.Faults.FailQuiesce();
        (await Should.ThrowAsync<MigrateException>(() => strict.BeginPassAsync(Cancel))).Code.ShouldBe("source.quiesce-failed");
        (await strict.ResumeAsync(Cancel)).ShouldBeNull();
        strict.State.Phase.ShouldBe(TrackingPhase.Ready);
        site.Server.SnapshotsOf("db").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_reset_between_two_passes_makes_the_next_one_read_everything_and_the_one_after_changes_again()
    {
        await using var site = await TrackedSite.StartAsync(new EstateVm { Name = "db", Disks = [Disk()] });
        var tracker = await TrackerAsync(site);
        await tracker.EnableAsync(Cancel);
        await PassAsync(tracker, PassBasis.UsedAreas);
        site.Server.Faults.ResetChangeTracking("db");
        (await PassAsync(tracker, PassBasis.Everything)).Reason.ShouldContain("reset");
        await PassAsync(tracker, PassBasis.Changes);
        site.Server.Faults.BreakChangeTracking("db");
        (await PassAsync(tracker, PassBasis.Everything)).Reason.ShouldContain("tracking file");
        await tracker.DistrustAsync(2000, "the self-test found a difference", Cancel);
        (await PassAsync(tracker, PassBasis.Everything)).Reason.ShouldContain("self-test");
        await tracker.DistrustAsync("the source was found wrong", Cancel);
        (await PassAsync(tracker, PassBasis.Everything)).Reason.ShouldContain("found wrong");
        (await PassAsync(tracker, PassBasis.Everything)).Reason.ShouldContain("found wrong", Case.Insensitive, "no pass makes it believed again");
    }

    [Fact]
    public async Task Deltas_that_a_removal_leaves_behind_are_merged_before_the_next_pass()
    {
        await using var site = await TrackedSite.StartAsync(new EstateVm { Name = "db", Disks = [Disk()] });
        var tracker = await TrackerAsync(site);
        await tracker.EnableAsync(Cancel);
        site.Server.Faults.LeaveConsolidation();
        await PassAsync(tracker, PassBasis.UsedAreas);
        site.Server.DeltasOf("db", 0).ShouldBe(0);
        site.Server.Faults.LeaveConsolidation();
        site.Server.Faults.FailTasks("ConsolidateVMDisks_Task", "FileLocked", "Unable to access file since it is locked");
        var locked = await Should.ThrowAsync<MigrateException>(() => PassAsync(tracker, PassBasis.Changes));
        (locked.Code, locked.IsTransient).ShouldBe(("source.file-locked", true), "whoever has the file gives it back");
        locked.Message.ShouldContain("FileLocked");
        locked.Message.ShouldContain("Unable to access file since it is locked");
        locked.Message.ShouldContain("[ds1] vm/vm-000001.vmdk");
        tracker.State.Phase.ShouldBe(TrackingPhase.Thawing);
        (await tracker.ResumeAsync(Cancel)).ShouldBeNull();
        site.Server.DeltasOf("db", 0).ShouldBe(0);
        await PassAsync(tracker, PassBasis.Changes);
    }

    [Fact]
    public async Task A_pass_stops_before_its_datastore_is_full()
    {
        await using var site = await TrackedSite.StartAsync(new EstateVm { Name = "db", Datastore = "ds1", Disks = [Disk()] });
        var tracker = await TrackerAsync(site);
        await tracker.EnableAsync(Cancel);
        await using (var pass = await tracker.BeginPassAsync(Cancel))
        {
            site.Server.Faults.SetFreeSpace("ds1", 1 << 20);
            await Should.ThrowAsync<OperationCanceledException>(() => Task.Delay(TimeSpan.FromMinutes(2), pass.Stopping));
            pass.StopCause.ShouldNotBeNull().Code.ShouldBe("source.datastore-filling");
            pass.StopCause.Message.ShouldContain("ds1");
            await tracker.AbandonPassAsync(Cancel);
        }

        site.Server.SnapshotsOf("db").ShouldBeEmpty();
        (await Should.ThrowAsync<MigrateException>(() => tracker.BeginPassAsync(Cancel))).Code.ShouldBe("source.datastore-filling");
        site.Server.SnapshotsOf("db").ShouldBeEmpty();
    }

    [Fact]
    public async Task Only_our_own_snapshots_are_removed()
    {
        await using var site = await TrackedSite.StartAsync(new EstateVm { Name = "db", Cbt = false, Disks = [Disk()] });
        var tracker = await TrackerAsync(site);
        await tracker.EnableAsync(Cancel);
        await using var pass = await tracker.BeginPassAsync(Cancel);
        var other = new ChangeTracker(site.Session, tracker.State with { RunId = Guid.NewGuid() }, SaveAsync, Quick, NullLogger<ChangeTracker>.Instance);
        await other.RestoreAsync(Cancel);
        site.Server.SnapshotsOf("db").ShouldHaveSingleItem();
        // Nothing but the ids is known, as after the loss of the database: the snapshot goes, and the flag is left alone.
        var lost = new ChangeTracker(site.Session, TrackingState.For(Run, await site.VmAsync()) with { Phase = TrackingPhase.Enabling }, SaveAsync, Quick, NullLogger<ChangeTracker>.Instance);
        site.Server.Faults.FailHttp(1);
        await lost.RestoreAsync(Cancel);
        site.Server.SnapshotsOf("db").ShouldBeEmpty();
    }

    [Fact]
    public async Task From_every_state_that_was_saved_a_new_tracker_goes_on_and_cleans_up()
    {
        await using var site = await TrackedSite.StartAsync(new EstateVm { Name = "db", Cbt = false, Disks = [Disk(), Disk()] });
        var tracker = await TrackerAsync(site);
        await tracker.EnableAsync(Cancel);
        await PassAsync(tracker, PassBasis.UsedAreas);
        await PassAsync(tracker, PassBasis.Changes);
        await tracker.RestoreAsync(Cancel);
        var states = _saved.Select(s => JsonSerializer.Serialize(s)).ToList();
        states.Count.ShouldBeGreaterThan(9);

        foreach (var state in states)
        {
            // Killed right after it was written; its snapshot has vanished, which is the harder case.
            var crashed = JsonSerializer.Deserialize<TrackingState>(state)!;
            if (crashed.Phase != TrackingPhase.Ended)
            {
                await (await TrackerAsync(site)).EnableAsync(Cancel);
            }

            var next = new ChangeTracker(site.Session, crashed, SaveAsync, Quick, NullLogger<ChangeTracker>.Instance);
            await using var pass = await next.ResumeAsync(Cancel);
            pass.ShouldBeNull();
            next.State.Phase.ShouldBeOneOf(TrackingPhase.Ready, TrackingPhase.Ended);
            if (next.State.Phase == TrackingPhase.Ready)
            {
                await using var more = await next.BeginPassAsync(Cancel);
                await using var again = await new ChangeTracker(site.Session, next.State, SaveAsync, Quick, NullLogger<ChangeTracker>.Instance).ResumeAsync(Cancel);
                again.ShouldNotBeNull().SnapshotKey.ShouldBe(more.SnapshotKey);
                await next.CompletePassAsync(Cancel);
            }

            await next.RestoreAsync(Cancel);
            site.Server.SnapshotsOf("db").ShouldBeEmpty();
            site.Server.ChangeTrackingOf("db").ShouldBeFalse();
        }
    }

    [Fact]
    public async Task Each_thing_that_can_fail_is_told_with_its_cause()
    {
        await using var site = await TrackedSite.StartAsync(new EstateVm { Name = "db", Disks = [Disk()] });
        var tracker = await TrackerAsync(site);
        await tracker.EnableAsync(Cancel);
        foreach (var (fault, code) in new[]
        {
            ("TooManySnapshotLevels", "source.snapshot-limit"), ("NoDiskSpace", "source.datastore-full"), ("Timedout", "source.snapshot-timeout"),
            ("FileFault", "source.fault"), ("FileLocked", "source.file-locked"), ("InvalidArgument", "source.fault"), ("SnapshotFault", "source.snapshot-refused"), ("SystemError", "source.fault"),
        })
        {
            site.Server.Faults.FailTasks("CreateSnapshot_Task", fault, "as the test wants");
            var failed = await Should.ThrowAsync<MigrateException>(() => tracker.BeginPassAsync(Cancel));
            failed.Code.ShouldBe(code);
            failed.Message.ShouldContain("as the test wants");
            (await tracker.ResumeAsync(Cancel)).ShouldBeNull();
        }

        await using var pass = await tracker.BeginPassAsync(Cancel);
        await new ChangeTracker(site.Session, tracker.State, SaveAsync, Quick, NullLogger<ChangeTracker>.Instance).AbandonPassAsync(Cancel);
        (await Should.ThrowAsync<MigrateException>(() => AreasAsync(pass, 2000))).Code.ShouldBe("source.snapshot-vanished");
        site.Server.Faults.VanishVm("db");
        (await Should.ThrowAsync<MigrateException>(() => tracker.CheckAsync(Cancel))).Code.ShouldBe("source.vm-vanished");
    }

    [Fact]
    public async Task A_disk_of_62_TiB_that_is_hardly_written_costs_little()
    {
        await using var site = await TrackedSite.StartAsync(new EstateVm { Name = "huge", Disks = [new EstateDisk { Capacity = 62L << 40, ZeroShare = 1 }] });
        var tracker = await TrackerAsync(site);
        await tracker.EnableAsync(Cancel);
        site.Server.Guests.Burst("huge", 0, 6000, 4096, seed: 9);
        await using (var pass = await tracker.BeginPassAsync(Cancel))
        {
            var used = await AreasAsync(pass, 2000);
            used.Count.ShouldBeInRange(4000, 6000);
            used[^1].End.ShouldBe(62L << 40);
            await tracker.CompletePassAsync(Cancel);
        }

        site.Server.Guests.Burst("huge", 0, 6000, 4096, seed: 10);
        await using var second = await tracker.BeginPassAsync(Cancel);
        var changed = await AreasAsync(second, 2000);
        changed.Count.ShouldBeInRange(4000, 6000);
        changed.Zip(changed.Skip(1)).ShouldAllBe(p => p.First.End < p.Second.Offset);
    }

    private static EstateDisk Disk() => new() { Capacity = 8 << 20 };

    private async Task<ChangeTracker> TrackerAsync(TrackedSite site) =>
        new(site.Session, TrackingState.For(Run, await site.VmAsync()), SaveAsync, Quick, NullLogger<ChangeTracker>.Instance);

    private Task SaveAsync(TrackingState state, CancellationToken cancellationToken)
    {
        _saved.Add(state);
        return Task.CompletedTask;
    }

    private static async Task<DiskPass> PassAsync(ChangeTracker tracker, PassBasis expected)
    {
        await using var pass = await tracker.BeginPassAsync(Cancel);
        pass.Disks.ShouldAllBe(d => d.Basis == expected);
        await tracker.CompletePassAsync(Cancel);
        return pass.Disks[0];
    }

    private static async Task<List<ChangedArea>> AreasAsync(TrackingPass pass, int disk) => await pass.ChangedAreas(disk, Cancel).ToListAsync(Cancel);
}
