using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Planner.VSphere.ChangeTracking;
using Migrate.Simulator.Estates;

namespace Migrate.Planner.Tests.VSphere.ChangeTracking;

/// <summary>A removal that fails at the source for whatever reason is tried again for a stated time; then the snapshot is named.</summary>
public sealed class SnapshotRemovalTests
{
    private static readonly Guid Run = Guid.Parse("6f1f5a52-5f0c-4a6f-9d0a-0d4f6a3c1b12");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("RemoveSnapshot_Task", "SystemError")]
    [InlineData("RemoveSnapshot_Task", "FileLocked")]
    [InlineData("RemoveSnapshot_Task", "Timedout")]
    [InlineData("ConsolidateVMDisks_Task", "SystemError")]
    public async Task What_fails_for_a_while_is_tried_again_and_said_once(string method, string fault)
    {
        await using var site = await StartAsync();
        var said = new List<string>();
        var tracker = await TrackerAsync(site, TimeSpan.FromMinutes(1), said);
        await tracker.EnableAsync(Cancel);
        await using var pass = await tracker.BeginPassAsync(Cancel);
        site.Server.Faults.LeaveConsolidation();
        site.Server.Faults.FailTasks(method, fault, "as the test wants", times: 3);

        await tracker.CompletePassAsync(Cancel);

        tracker.State.Phase.ShouldBe(TrackingPhase.Ready);
        site.Server.SnapshotsOf("db").ShouldBeEmpty();
        site.Server.DeltasOf("db", 0).ShouldBe(0);
        said.ShouldHaveSingleItem().ShouldContain("as the test wants");
        said[0].ShouldContain("tried again for 1 minutes");
    }

    [Fact]
    public async Task What_goes_on_failing_ends_in_an_error_that_names_the_snapshot_and_whoever_comes_next_removes_it()
    {
        await using var site = await StartAsync();
        var tracker = await TrackerAsync(site, TimeSpan.FromMilliseconds(300), []);
        await tracker.EnableAsync(Cancel);
        await using var pass = await tracker.BeginPassAsync(Cancel);
        site.Server.Faults.FailTasks("RemoveSnapshot_Task", "SystemError", "as the test wants", times: 100_000);

        var failed = await Should.ThrowAsync<MigrateException>(() => tracker.CompletePassAsync(Cancel));

        failed.Code.ShouldBe("source.fault");
        failed.Message.ShouldContain($"db still has the snapshot 'migrate-{Run:N}-1'");
        failed.Message.ShouldContain("as the test wants");
        (tracker.State.Phase, tracker.State.Disks[0].CopiedChangeId).ShouldBe((TrackingPhase.Thawing, tracker.State.Disks[0].FrozenChangeId));
        site.Server.Faults.FailTasks("RemoveSnapshot_Task", "SystemError", "", times: 0);
        (await tracker.ResumeAsync(Cancel)).ShouldBeNull();
        site.Server.SnapshotsOf("db").ShouldBeEmpty();
    }

    [Fact]
    public async Task What_nobody_may_do_is_not_tried_again()
    {
        await using var site = await StartAsync();
        var said = new List<string>();
        var tracker = await TrackerAsync(site, TimeSpan.FromHours(1), said);
        await tracker.EnableAsync(Cancel);
        await using var pass = await tracker.BeginPassAsync(Cancel);
        site.Server.Faults.FailTasks("RemoveSnapshot_Task", "NoPermission", "as the test wants", times: 2);

        (await Should.ThrowAsync<MigrateException>(() => tracker.CompletePassAsync(Cancel))).Code.ShouldBe("source.permission");

        said.ShouldBeEmpty();
    }

    private static Task<TrackedSite> StartAsync() => TrackedSite.StartAsync(new EstateVm { Name = "db", Disks = [new EstateDisk { Capacity = 8 << 20 }] });

    private static async Task<ChangeTracker> TrackerAsync(TrackedSite site, TimeSpan patience, List<string> said) => new(
        site.Session,
        TrackingState.For(Run, await site.VmAsync()),
        (_, _) => Task.CompletedTask,
        TrackedSite.Quick with
        {
            RemovePatience = patience,
            Waiting = what =>
            {
                said.Add(what);
                return Task.CompletedTask;
            },
        },
        NullLogger<ChangeTracker>.Instance);
}
