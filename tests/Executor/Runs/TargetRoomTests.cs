using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Runs;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Simulator.Estates;

namespace Migrate.Executor.Tests.Runs;

/// <summary>A target's file system that is smaller than the disks: what counts is what they hold. Needs root, as it mounts a tmpfs.</summary>
[UsesDatabase]
public sealed class TargetRoomTests : IAsyncLifetime
{
    private const long MiB = 1 << 20;

    /// <summary>What the simulator's descriptor of a disk takes, beside its data.</summary>
    private const long Descriptor = 580;
    private static readonly WarmPolicy Policy = new() { AllowedDowntimeSeconds = 3600, PassIntervalSeconds = 0, CutOverWhenReady = true, DatastoreFreeShare = 0 };
    private readonly string _small = Directory.CreateTempSubdirectory("migrate-small-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await Programs.OutputOfAsync("mount", "-t", "tmpfs", "-o", "size=16m", "none", _small);

    [Fact]
    public async Task A_thin_disk_that_is_larger_than_the_file_system_is_moved_with_a_warning()
    {
        await using var site = await OpenAsync(96 * MiB, zeroShare: 0.95);

        await site.StepUntilAsync(RunPhase.Completed);

        await site.ShouldEqualAsync();
        var log = await site.LogAsync();
        log.ShouldContain($"may grow to {96 * MiB}");
        log.ShouldContain($"{_small} has ");
        log.ShouldContain(" bytes free");
        new DriveInfo(_small).TotalSize.ShouldBe(16 * MiB);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_allocated_at_the_source_and_does_not_fit_is_refused_until_it_does(bool thin)
    {
        await using var site = await OpenAsync(48 * MiB, zeroShare: thin ? 0.5 : 0.95, thin);

        await site.StepUntilFailedAsync("target.no-space");
        var failed = await site.RunAsync();
        failed.Error!.ShouldContain($"hold {(thin ? (24 * MiB) + Descriptor : 48 * MiB)} bytes");
        failed.Error!.ShouldContain($"{_small} has ");
        (await site.NamespacesAsync()).ShouldBeEmpty();

        await Programs.OutputOfAsync("mount", "-o", "remount,size=64m", _small);
        await site.Get<RunControl>().RetryAsync(site.RunId, Cancel);
        await site.StepUntilAsync(RunPhase.Completed);
        await site.ShouldEqualAsync();
    }

    [Theory]
    [InlineData(RunPhase.Seeding, true)]
    [InlineData(RunPhase.Failed, true)]
    [InlineData(RunPhase.RolledBack, false)]
    [InlineData(RunPhase.Completed, false)]
    [InlineData(RunPhase.Validating, false)]
    public async Task What_other_runs_will_still_write_is_not_free(RunPhase other, bool counts)
    {
        await using var site = await OpenAsync(12 * MiB, zeroShare: 0, thin: false);
        await AddRunAsync(site, other, expected: 6 * MiB);

        if (counts)
        {
            await site.StepUntilFailedAsync("target.no-space");
            (await site.RunAsync()).Error!.ShouldContain($"of which other runs will still write {6 * MiB}");
        }
        else
        {
            await site.StepUntilAsync(RunPhase.Seeding);
        }
    }

    [Fact]
    public async Task A_disk_that_fills_the_target_while_it_is_copied_fails_its_run_by_name_and_goes_on_when_there_is_room()
    {
        await using var site = await OpenAsync(12 * MiB, zeroShare: 0, thin: false);
        await site.StepUntilAsync(RunPhase.Seeding);
        await File.WriteAllBytesAsync(Path.Combine(_small, "hog"), new byte[8 * MiB], Cancel);

        await site.StepUntilFailedAsync("target.no-space");

        File.Delete(Path.Combine(_small, "hog"));
        await site.Get<RunControl>().RetryAsync(site.RunId, Cancel);
        await site.StepUntilAsync(RunPhase.Completed);
        await site.ShouldEqualAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Programs.OutputOfAsync("umount", "-l", _small);
        Directory.Delete(_small);
    }

    private Task<WarmSite> OpenAsync(long capacity, double zeroShare, bool thin = true) => WarmSite.OpenAsync(
        Policy, change: vm => vm with { Disks = [new EstateDisk { Capacity = capacity, ZeroShare = zeroShare, Thin = thin }] }, target: _small);

    private static async Task AddRunAsync(WarmSite site, RunPhase phase, long expected)
    {
        var mine = await site.RunAsync();
        await using var db = await site.Get<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel);
        var run = new Run { Id = Guid.NewGuid(), PlanId = mine.PlanId, PlanVmId = mine.PlanVmId, VmKey = "vm-other", VmName = "other", Phase = phase };
        db.Add(run);
        db.Add(new RunDisk
        {
            Id = Guid.NewGuid(),
            RunId = run.Id,
            DiskKey = 2000,
            Label = "Hard disk 1",
            CapacityBytes = expected,
            Reader = "https-folder",
            NamespaceUuid = Guid.NewGuid(),
            ExpectedBytes = expected,
        });
        await db.SaveChangesAsync(Cancel);
    }
}
