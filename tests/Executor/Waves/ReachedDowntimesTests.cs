using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Runs;
using Migrate.Executor.Tests.Jobs;
using Migrate.Executor.Waves;
using Migrate.Planner.Convergence;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Tests.Waves;

/// <summary>What cutovers took corrects what is forecast for those that follow.</summary>
[UsesDatabase]
public sealed class ReachedDowntimesTests : IAsyncLifetime
{
    private static readonly DateTime Began = new(2026, 1, 2, 3, 0, 0, DateTimeKind.Utc);
    private RunsDatabase _database = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await RunsDatabase.CreateAsync();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task What_grows_with_the_disks_is_left_out()
    {
        var (source, host) = await CutOverAsync(RunPhase.Completed, 40, 90, 50);

        (await new ReachedDowntimes(_database).FixedAsync(source, host, Cancel)).ShouldBe((new Band(40, 50, 90), 3));
    }

    [Fact]
    public async Task Two_cutovers_are_too_few_and_those_of_another_host_are_none()
    {
        var (source, host) = await CutOverAsync(RunPhase.Validating, 40, 90);
        var (_, other) = await CutOverAsync(RunPhase.Completed, 40, 90, 50);

        (await new ReachedDowntimes(_database).FixedAsync(source, host, Cancel)).ShouldBeNull();
        (await new ReachedDowntimes(_database).FixedAsync(source, other, Cancel)).ShouldBeNull();
    }

    [Fact]
    public async Task Outages_that_ended_in_a_roll_back_are_none()
    {
        var (source, host) = await CutOverAsync(RunPhase.RolledBack, 40, 90, 50);

        (await new ReachedDowntimes(_database).FixedAsync(source, host, Cancel)).ShouldBeNull();
    }

    /// <summary>Runs of one plan that were down for an hour of copying, and so many seconds of the rest.</summary>
    private async Task<(Guid Source, Guid Host)> CutOverAsync(RunPhase phase, params double[] rest)
    {
        var first = await _database.AddRunAsync(phase, null, run => Down(run, rest[0]));
        await using var db = _database.CreateDbContext();
        foreach (var (i, seconds) in rest.Index().Skip(1))
        {
            var vm = new PlanVm { Id = Guid.NewGuid(), PlanId = first.PlanId, VmKey = $"vm-{i + 1}", VmName = $"web{i + 1}", Wave = 1, Concerns = "[]", Disks = "[]" };
            var run = new Run { Id = Guid.NewGuid(), PlanId = first.PlanId, PlanVmId = vm.Id, VmKey = vm.VmKey, VmName = vm.VmName, Wave = 1, Phase = phase, CreatedAt = Began };
            Down(run, seconds);
            db.AddRange(vm, run);
        }

        await db.SaveChangesAsync(Cancel);
        return await db.Plans.Where(x => x.Id == first.PlanId).Select(x => new ValueTuple<Guid, Guid>(x.SourceId, x.KvmHostId)).SingleAsync(Cancel);
    }

    private static void Down(Run run, double rest)
    {
        DateTime At(double seconds) => Began.AddSeconds(seconds);
        IReadOnlyList<DowntimeMark> marks = [new(DowntimeClock.ShuttingDown, Began), new(DowntimeClock.Copying, At(rest / 4)), new(DowntimeClock.Starting, At((rest / 4) + 3600)), new(DowntimeClock.Booting, At((rest / 2) + 3600))];
        (run.DowntimeStartedAt, run.DowntimeEndedAt, run.Downtime) = (Began, At(rest + 3600), JsonSerializer.Serialize(marks, RunsJson.Default.IReadOnlyListDowntimeMark));
    }
}
