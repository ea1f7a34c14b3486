using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Executor.Runs.Warm;
using Migrate.Executor.Sources;
using Migrate.Executor.Tests.Jobs;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Planner.VSphere;
using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.Executor.Tests.Runs;

/// <summary>Snapshots of many runs at once: some of a source side by side, and no source waits for another.</summary>
[UsesDatabase]
public sealed class SweepInParallelTests
{
    private const int Others = 7;
    private const int AtOnce = 4;
    private static readonly long[] Sizes = [1L << 20];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Some_snapshots_of_a_source_are_removed_at_once_but_not_all()
    {
        await using var site = await WarmSite.OpenAsync(new WarmPolicy { DatastoreFreeShare = 0 }, Sizes, otherVms: Others);
        await FailAsync(site, Enumerable.Range(1, Others).Select(x => $"other{x}"));
        using var done = new CancellationTokenSource();
        using var seen = new ManualResetEventSlim();
        var most = MostLeasesAsync(site, seen, done.Token);
        // The source answers when two are seen at once, or never will be: a busy machine looks too seldom.
        site.Simulator.Faults.Rewrite = answer =>
        {
            if (!seen.Wait(TimeSpan.FromMinutes(2), CancellationToken.None))
            {
                seen.Set();
            }

            return answer;
        };

        (await site.Get<SnapshotSweep>().SweepAsync(Cancel)).ShouldBe(Others);

        site.Simulator.Faults.Rewrite = null;
        await done.CancelAsync();
        (await most).ShouldBeInRange(2, AtOnce);
        Enumerable.Range(1, Others).ShouldAllBe(x => site.Simulator.SnapshotsOf($"other{x}").Count == 0);
        (await site.Get<SnapshotSweep>().SweepAsync(Cancel)).ShouldBe(0);
    }

    [Fact]
    public async Task A_source_that_does_not_answer_holds_up_neither_another_one_nor_the_stop()
    {
        await using var site = await WarmSite.OpenAsync(new WarmPolicy { DatastoreFreeShare = 0 }, Sizes, otherVms: 2);
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await FailAsync(site, ["other1"], at: $"https://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}/sdk"); // First by their ids.
        await FailAsync(site, ["other2"]);
        var sweep = site.Get<SnapshotSweep>();

        await sweep.StartAsync(Cancel);

        await Eventually.BecomesTrueAsync(() => Task.FromResult(site.Simulator.SnapshotsOf("other2").Count == 0), "what can be removed is removed");
        site.Simulator.SnapshotsOf("other1").ShouldHaveSingleItem();
        sweep.ExecuteTask!.IsCompleted.ShouldBeFalse();
        await sweep.StopAsync(Cancel);
        sweep.ExecuteTask.IsCompleted.ShouldBeTrue();
        await using var db = await site.Get<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel);
        (await db.Runs.CountAsync(x => x.LeaseOwner != null, Cancel)).ShouldBe(0);
    }

    /// <summary>Runs that failed in the middle of a pass.</summary>
    /// <param name="site">Where the VMs are.</param>
    /// <param name="names">Of the VMs.</param>
    /// <param name="at">The URL under which the runs' source is looked for from then on; null for the simulator's.</param>
    private static async Task FailAsync(WarmSite site, IEnumerable<string> names, string? at = null)
    {
        var like = await site.RunAsync();
        await using var db = await site.Get<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel);
        var source = await db.Sources.AsNoTracking().FirstAsync(Cancel);
        await using var session = await site.Get<SourceAccess>().OpenAsync(source, Cancel);
        var planId = like.PlanId;
        if (at is not null)
        {
            var plan = await db.Plans.AsNoTracking().SingleAsync(x => x.Id == planId, Cancel);
            var elsewhere = new Source
            {
                Id = Guid.NewGuid(),
                Name = "silent",
                Url = at,
                UserName = source.UserName,
                ProtectedPassword = source.ProtectedPassword,
                Thumbprint = source.Thumbprint,
                CreatedAt = source.CreatedAt,
            };
            planId = Guid.NewGuid();
            db.AddRange(elsewhere, new Plan { Id = planId, Name = "silent", SourceId = elsewhere.Id, KvmHostId = plan.KvmHostId, Mode = plan.Mode, Policy = plan.Policy, CreatedAt = plan.CreatedAt });
        }

        foreach (var vm in (await session.ReadInventoryAsync(Cancel)).Vms.Where(x => names.Contains(x.Name)))
        {
            var run = new Run { Id = Guid.CreateVersion7(), PlanId = planId, PlanVmId = like.PlanVmId, VmKey = vm.Key, VmName = vm.Name, Phase = RunPhase.Failed, ResumePhase = RunPhase.Syncing };
            var state = await FrozenAsync(session, TrackingState.For(run.Id, vm));
            (run.Tracking, run.TrackingPhase) = (JsonSerializer.Serialize(state), state.Phase);
            db.Add(run);
        }

        await db.SaveChangesAsync(Cancel);
    }

    private static async Task<TrackingState> FrozenAsync(VSphereSession session, TrackingState state)
    {
        var tracker = new ChangeTracker(
            session, state, (_, _) => Task.CompletedTask, new TrackingOptions { Poll = TimeSpan.FromMilliseconds(5), FreeShare = 0 }, NullLogger<ChangeTracker>.Instance);
        await tracker.EnableAsync(Cancel);
        await using var pass = await tracker.BeginPassAsync(Cancel);
        return tracker.State;
    }

    private static async Task<int> MostLeasesAsync(WarmSite site, ManualResetEventSlim two, CancellationToken until)
    {
        var most = 0;
        while (!until.IsCancellationRequested)
        {
            await using var db = await site.Get<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(CancellationToken.None);
            most = Math.Max(most, await db.Runs.CountAsync(x => x.LeaseOwner != null, CancellationToken.None));
            if (most >= 2)
            {
                two.Set();
            }

            await Task.Delay(5, CancellationToken.None);
        }

        return most;
    }
}
