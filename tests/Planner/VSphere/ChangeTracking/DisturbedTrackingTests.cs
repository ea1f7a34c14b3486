using Migrate.Planner.VSphere.ChangeTracking;
using Migrate.Simulator.Estates;

namespace Migrate.Planner.Tests.VSphere.ChangeTracking;

/// <summary>Other people, DRS and failures do something to a VM whose changes are tracked: no pass may count that did not read frozen disks.</summary>
public sealed class DisturbedTrackingTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pass_whose_snapshot_somebody_removed_does_not_count()
    {
        await using var site = await TrackedSite.StartAsync(Vm());
        var tracker = await site.EnabledAsync();
        await PassAsync(tracker, PassBasis.UsedAreas);
        var copied = tracker.State.Disks[0].CopiedChangeId.ShouldNotBeNull();
        await using (var pass = await tracker.BeginPassAsync(Cancel))
        {
            site.Server.Guests.Write("db", 0, 1 << 20, 512, 3);
            await site.Server.Faults.RemoveSnapshotAsync("db", site.Server.SnapshotsOf("db").Single());
            (await ShouldRefuseAsync(() => tracker.CompletePassAsync(Cancel), "source.snapshot-vanished")).IsTransient.ShouldBeTrue();
        }

        (await tracker.ResumeAsync(Cancel)).ShouldBeNull();
        tracker.State.Disks[0].CopiedChangeId.ShouldBe(copied);
        (await PassAsync(tracker, PassBasis.Changes)).Reason.ShouldContain(copied);
    }

    [Fact]
    public async Task A_last_pass_during_which_the_VM_ran_does_not_count()
    {
        await using var site = await TrackedSite.StartAsync(Vm());
        var tracker = await site.EnabledAsync();
        await PassAsync(tracker, PassBasis.UsedAreas);
        site.Server.Faults.SetPower("db", "poweredOff");
        await using (await tracker.BeginLastPassAsync(Cancel))
        {
            site.Server.Faults.SetPower("db", "poweredOn");
            await ShouldRefuseAsync(() => tracker.CompletePassAsync(Cancel), "source.changed-meanwhile");
            // Off again, and to all appearances as before.
            site.Server.Guests.Write("db", 0, 1 << 20, 512, 3);
            site.Server.Faults.SetPower("db", "poweredOff");
            await ShouldRefuseAsync(() => tracker.CompletePassAsync(Cancel), "source.changed-meanwhile");
        }

        (await tracker.ResumeAsync(Cancel)).ShouldBeNull();
        await using var again = await tracker.BeginLastPassAsync(Cancel);
        (await again.ChangedAreas(2000, Cancel).ToListAsync(Cancel)).ShouldBe([new(1 << 20, 65536)]);
        await tracker.CompletePassAsync(Cancel);
    }

    [Fact]
    public async Task What_is_written_after_a_last_pass_is_asked_for_when_the_VM_runs_again()
    {
        await using var site = await TrackedSite.StartAsync(Vm());
        var tracker = await site.EnabledAsync();
        await PassAsync(tracker, PassBasis.UsedAreas);
        site.Server.Faults.SetPower("db", "poweredOff");
        await using (await tracker.BeginLastPassAsync(Cancel))
        {
            await tracker.CompletePassAsync(Cancel);
        }

        // The cut-over was undone. A backup's snapshot moves the change id on before our next pass.
        site.Server.Faults.SetPower("db", "poweredOn");
        site.Server.Guests.Write("db", 0, 3 << 20, 512, 3);
        site.Server.Faults.TakeSnapshot("db", "backup");
        await site.Server.Faults.RemoveSnapshotAsync("db", "backup");
        await using var next = await tracker.BeginPassAsync(Cancel);
        next.Disks[0].Basis.ShouldBe(PassBasis.Changes);
        (await next.ChangedAreas(2000, Cancel).ToListAsync(Cancel)).ShouldContain(new ChangedArea(3 << 20, 65536));
        await tracker.CompletePassAsync(Cancel);
    }

    [Fact]
    public async Task A_backups_snapshot_is_waited_for_and_not_taken_for_a_fault_of_the_VM()
    {
        await using var site = await TrackedSite.StartAsync(Vm());
        var tracker = await site.EnabledAsync();
        site.Server.Faults.TakeSnapshot("db", "backup");
        var refused = await ShouldRefuseAsync(() => tracker.BeginPassAsync(Cancel), "source.snapshot-foreign");
        refused.IsTransient.ShouldBeTrue();
        refused.Message.ShouldContain("backup");
        tracker.State.Phase.ShouldBe(TrackingPhase.Ready);
        await site.Server.Faults.RemoveSnapshotAsync("db", "backup");
        await using (var pass = await tracker.BeginPassAsync(Cancel))
        {
            // One that is taken on ours holds nothing that we read, and stays after ours has gone.
            site.Server.Faults.TakeSnapshot("db", "backup 2");
            await tracker.CompletePassAsync(Cancel);
        }

        site.Server.SnapshotsOf("db").ShouldBe(["backup 2"]);
        await ShouldRefuseAsync(() => tracker.BeginPassAsync(Cancel), "source.snapshot-foreign");
        await site.Server.Faults.RemoveSnapshotAsync("db", "backup 2");
        await PassAsync(tracker, PassBasis.Changes);
    }

    [Theory]
    [InlineData("revert")]
    [InlineData("power loss")]
    [InlineData("storage vMotion")]
    public async Task Whatever_ends_tracking_at_the_source_makes_the_next_pass_read_everything(string what)
    {
        await using var site = await TrackedSite.StartAsync(Vm());
        var tracker = await site.EnabledAsync();
        await PassAsync(tracker, PassBasis.UsedAreas);
        await PassAsync(tracker, PassBasis.Changes);
        switch (what)
        {
            case "revert":
                site.Server.Faults.TakeSnapshot("db", "before the update");
                site.Server.Guests.Write("db", 0, 1 << 20, 512, 3);
                await site.Server.Faults.RevertAsync("db", "before the update");
                await site.Server.Faults.RemoveSnapshotAsync("db", "before the update");
                break;
            case "power loss":
                site.Server.Faults.LosePower("db", "esx01.example");
                break;
            default:
                site.Server.Faults.RelocateVm("db", "ds2");
                break;
        }

        var pass = await PassAsync(tracker, PassBasis.Everything);
        pass.Reason.ShouldContain("reset");
        pass.Disk.FrozenFile.ShouldBe($"[{(what == "storage vMotion" ? "ds2" : "ds1")}] db/db.vmdk");
        await PassAsync(tracker, PassBasis.Changes);
    }

    [Fact]
    public async Task A_pass_that_goes_on_after_a_crash_follows_files_that_storage_vMotion_moved_only_while_tracking_lasts()
    {
        await using var site = await TrackedSite.StartAsync(Vm());
        var tracker = await site.EnabledAsync();
        await using var pass = await tracker.BeginPassAsync(Cancel);
        site.Server.Faults.MoveVm("db", "esx02.example");
        await using (var resumed = await site.Tracker(tracker.State).ResumeAsync(Cancel))
        {
            resumed.ShouldNotBeNull().Disks[0].Disk.FrozenFile.ShouldBe("[ds1] db/db.vmdk");
        }

        var stale = tracker.State with { Disks = [.. tracker.State.Disks.Select(d => d with { FrozenFile = "[elsewhere] db/db.vmdk" })] };
        await using (var resumed = await site.Tracker(stale).ResumeAsync(Cancel))
        {
            resumed.ShouldNotBeNull().Disks[0].Disk.FrozenFile.ShouldBe("[ds1] db/db.vmdk");
        }

        await tracker.CompletePassAsync(Cancel);
    }

    [Fact]
    public async Task An_extension_in_the_moment_of_freezing_is_noticed()
    {
        var calls = 0;
        TrackedSite? site = null;
        site = await TrackedSite.StartAsync(Vm(), null, o => o with
        {
            BeforeRequest = () =>
            {
                // Between the look at the VM and the snapshot: each call of the pass is the moment once.
                if (calls > 0 && --calls == 0)
                {
                    site!.Server.Faults.ChangeCapacity("db", 0, 9 << 20);
                }
            },
        });
        await using var _ = site;
        var codes = new HashSet<string>();
        for (var (moment, tooLate) = (1, false); !tooLate; moment++)
        {
            site.Server.Faults.ChangeCapacity("db", 0, 8 << 20);
            var tracker = await site.EnabledAsync();
            calls = moment;
            try
            {
                await using var pass = await tracker.BeginPassAsync(Cancel);
                calls = 0;
                // It came too late for this pass, which is whole without it.
                tooLate = true;
                pass.Disks[0].Disk.CapacityBytes.ShouldBe(8 << 20);
            }
            catch (MigrateException e)
            {
                codes.Add(e.Code);
            }

            calls = 0;
            await site.Tracker(tracker.State).RestoreAsync(Cancel);
            site.Server.SnapshotsOf("db").ShouldBeEmpty();
        }

        codes.ShouldContain("source.disks-changed");
        codes.ShouldContain("source.cbt-preconditions");
    }

    [Theory]
    [InlineData("CreateSnapshot_Task")]
    [InlineData("RemoveSnapshot_Task")]
    [InlineData("ReconfigVM_Task")]
    [InlineData("QueryChangedDiskAreas")]
    [InlineData("RetrievePropertiesEx")]
    public async Task When_the_answer_of_a_call_is_lost_the_tracker_finds_out_what_was_done(string method)
    {
        await using var site = await TrackedSite.StartAsync(Vm() with { Cbt = false });
        var tracker = site.Tracker(TrackingState.For(Guid.NewGuid(), await site.VmAsync()));
        site.Server.Faults.LoseAnswers(method);
        var failures = 0;
        await EndsWellAsync(() => tracker.EnableAsync(Cancel));
        if (tracker.State.Phase == TrackingPhase.Untouched)
        {
            await tracker.EnableAsync(Cancel);
        }

        for (var pass = 0; pass < 3; pass++)
        {
            site.Server.Faults.LoseAnswers(method);
            await EndsWellAsync(() => PassAsync(tracker, null));
            site.Server.SnapshotsOf("db").ShouldBeEmpty();
            tracker.State.Phase.ShouldBe(TrackingPhase.Ready);
        }

        site.Server.Faults.LoseAnswers(method);
        await EndsWellAsync(() => tracker.RestoreAsync(Cancel));
        tracker.State.Phase.ShouldBe(TrackingPhase.Ended);
        site.Server.SnapshotsOf("db").ShouldBeEmpty();
        site.Server.ChangeTrackingOf("db").ShouldBeFalse();
        failures.ShouldBeGreaterThan(0);

        async Task EndsWellAsync(Func<Task> work)
        {
            try
            {
                await work();
            }
            catch (MigrateException e) when (e.IsTransient)
            {
                failures++;
                // What was started goes on at the source: until it has ended, the VM is busy.
                for (var done = false; !done;)
                {
                    try
                    {
                        await using var pass = await tracker.ResumeAsync(Cancel);
                        done = pass is null;
                        if (pass is not null)
                        {
                            await tracker.AbandonPassAsync(Cancel);
                        }
                    }
                    catch (MigrateException busy) when (busy.IsTransient)
                    {
                        await Task.Delay(20, Cancel);
                    }
                }
            }
        }
    }

    [Fact]
    public async Task A_host_with_a_known_fault_to_which_DRS_moved_the_VM_is_not_believed()
    {
        await using var site = await TrackedSite.StartAsync(Vm() with { Host = "new" }, e => e with { Hosts = [new EstateHost { Name = "new", Version = "8.0.2", Build = "22380479" }, new EstateHost { Name = "old", Version = "6.0.0", Build = "2494585" }] });
        var tracker = await site.EnabledAsync();
        await PassAsync(tracker, PassBasis.UsedAreas);
        site.Server.Faults.MoveVm("db", "old");
        (await PassAsync(tracker, PassBasis.Everything)).Reason.ShouldContain("KB 2136854");
        site.Server.Faults.MoveVm("db", "new");
        await PassAsync(tracker, PassBasis.Everything);
    }

    private static EstateVm Vm() => new() { Name = "db", Disks = [new EstateDisk { Capacity = 8 << 20 }] };

    private static async Task<MigrateException> ShouldRefuseAsync(Func<Task> work, string code)
    {
        var refused = await Should.ThrowAsync<MigrateException>(work);
        refused.Code.ShouldBe(code);
        return refused;
    }

    private static async Task<DiskPass> PassAsync(ChangeTracker tracker, PassBasis? expected)
    {
        await using var pass = await tracker.BeginPassAsync(Cancel);
        pass.Disks.ShouldAllBe(d => expected == null || d.Basis == expected);
        await tracker.CompletePassAsync(Cancel);
        return pass.Disks[0];
    }
}
