using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Planner;
using Migrate.Planner.VSphere;
using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.EndToEnd.Tests.VSphere;

/// <summary>govmomi's simulator takes snapshots and knows the flag, and has no change tracking behind it: that has to be told, not guessed.</summary>
public sealed class GovmomiChangeTrackingTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_whose_flag_has_no_tracking_behind_it_is_found_out_by_the_proof_and_the_VM_is_put_back()
    {
        using var server = await GovmomiServer.StartAsync(Cancel);
        await using var session = await OpenAsync(server);
        var vm = (await session.ReadInventoryAsync(Cancel)).Vms[0];
        var saved = TrackingState.For(Guid.NewGuid(), vm);
        var tracker = Tracker(session, saved, s => saved = s);

        var refused = await Should.ThrowAsync<MigrateException>(() => tracker.EnableAsync(Cancel));

        refused.Code.ShouldBe("source.cbt-not-active");
        refused.Message.ShouldContain(vm.Disks[0].Label);
        saved.Phase.ShouldBe(TrackingPhase.Enabling);
        (await session.ReadVmAsync(vm.Key, Cancel)).ShouldNotBeNull().ChangeTrackingEnabled.ShouldBeTrue();

        // As a new process would: from what was saved.
        await Tracker(session, saved, s => saved = s).RestoreAsync(Cancel);
        saved.Phase.ShouldBe(TrackingPhase.Ended);
        var after = (await session.ReadVmAsync(vm.Key, Cancel)).ShouldNotBeNull();
        after.ChangeTrackingEnabled.ShouldBeFalse();
        after.Snapshots.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_server_that_does_not_know_the_question_about_changes_is_told_as_such()
    {
        using var server = await GovmomiServer.StartAsync(Cancel);
        await using var session = await OpenAsync(server);
        var vm = (await session.ReadInventoryAsync(Cancel)).Vms[0];
        await session.PowerOffAsync(vm.Key, Cancel);
        // A state that says that tracking was proven here; the disks hold still, and the first question is asked.
        var state = TrackingState.For(Guid.NewGuid(), vm) with { Phase = TrackingPhase.Ready };
        await using var pass = await Tracker(session, state, _ => { }).BeginLastPassAsync(Cancel);
        pass.Disks.ShouldAllBe(d => d.Basis == PassBasis.Everything && d.Reason.Contains("not active"));

        var asked = await Should.ThrowAsync<MigrateException>(() => pass.AskAsync(pass.Disks[0].Disk, "*", 0, Cancel));
        asked.Code.ShouldBe("source.cbt-unsupported");
        asked.Message.ShouldContain("MethodNotFound");
    }

    private static ChangeTracker Tracker(VSphereSession session, TrackingState state, Action<TrackingState> save) => new(session, state, (next, _) =>
    {
        save(next);
        return Task.CompletedTask;
    }, new TrackingOptions { Poll = TimeSpan.FromMilliseconds(20), FreeShare = 0 }, NullLogger<ChangeTracker>.Instance);

    private static Task<VSphereSession> OpenAsync(GovmomiServer server) =>
        VSphereSession.OpenAsync(new(server.Url, GovmomiServer.User, GovmomiServer.Password, server.Sha256), TimeProvider.System, NullLoggerFactory.Instance, Cancel);
}
