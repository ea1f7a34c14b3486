using System.Data.Common;
using Migrate.Executor.Runs;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Planner.VSphere.ChangeTracking;
using Migrate.Simulator.Estates;

namespace Migrate.Executor.Tests.Runs;

/// <summary>What a pass had done when it was broken off is not done again: neither reading what is at the destination, nor reading back what was proven.</summary>
[UsesDatabase]
public sealed class InterruptedPassTests
{
    private const long MiB = 1 << 20;
    private const int Disk = 24;
    private static readonly WarmPolicy Policy = new() { AllowedDowntimeSeconds = 3600, PassIntervalSeconds = 0, CutOverWhenReady = true, DatastoreFreeShare = 0 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_seed_that_was_killed_reads_only_what_is_not_at_the_destination_or_has_changed(bool snapshotGone)
    {
        await using var site = await OpenAsync();
        await site.StepUntilAsync(RunPhase.Seeding);
        site.Simulator.Faults.ReadBytesPerSecond = 4 * MiB; // Slow enough for more than one checkpoint.
        await KilledAsync(site, Checkpoint(2));
        site.Simulator.Faults.ReadBytesPerSecond = null;
        if (snapshotGone)
        {
            await site.Get<RunControl>().PauseAsync(site.RunId, Cancel);
            await site.StepAsync();
            site.Simulator.SnapshotsOf(WarmSite.VmName).ShouldBeEmpty();
            site.Simulator.Guests.Write(WarmSite.VmName, 0, 5 * MiB, 4096, 77);
            await site.Get<RunControl>().ResumeAsync(site.RunId, Cancel);
        }

        await site.StepUntilAsync(RunPhase.Syncing);

        var seed = (await site.PassDisksAsync()).Last(x => x.Basis == PassBasis.UsedAreas);
        seed.BytesNamed.ShouldBeLessThan(Disk * MiB, await site.LogAsync());
        await site.StepUntilAsync(RunPhase.Completed);
        await site.ShouldEqualAsync();
        site.SourceShouldBeAsItWas();
    }

    [Theory]
    [InlineData("run_pass_disks.SourceHash")] // In the middle of copying: it is copied, and nobody was told.
    [InlineData("run_passes.CopiedAt")] // Copied, and not read back.
    [InlineData("run_disks.DestinationHash")] // Read back, and nobody was told.
    public async Task A_last_pass_that_was_killed_reads_back_what_it_wrote_and_not_the_whole_disk(string point)
    {
        await using var site = await OpenAsync();
        await site.StepUntilAsync(RunPhase.CuttingOver);
        site.Simulator.Guests.Write(WarmSite.VmName, 0, 3 * MiB, 4096, 78);
        await KilledAsync(site, Column(point));
        site.ReadBack.ShouldBe(0, "a target that has just been started");

        await site.StepUntilAsync(RunPhase.Completed);

        site.ReadBack.ShouldBeInRange(MiB, Disk / 2 * MiB, await site.LogAsync());
        await site.ShouldEqualAsync();
    }

    private static Task<WarmSite> OpenAsync() => WarmSite.OpenAsync(
        Policy,
        change: vm => vm with { Disks = [new EstateDisk { Capacity = Disk * MiB, ZeroShare = 0 }], Writes = new EstateWrites { PerRequest = 0, MostBytes = 4096 } },
        options: x => x with { CheckpointBytes = 2 * MiB });

    private static Func<DbCommand, bool> Checkpoint(int number)
    {
        var left = number;
        return command => command.CommandText.Contains("INTO journal_segments", StringComparison.Ordinal) && Interlocked.Decrement(ref left) == 0;
    }

    private static Func<DbCommand, bool> Column(string point) => point.Split('.') is [var table, var column]
        ? command => command.Updates(table) && command.CommandText.Contains($"\"{column}\" =", StringComparison.Ordinal)
        : throw new ArgumentException(point);

    private static async Task KilledAsync(WarmSite site, Func<DbCommand, bool> when)
    {
        site.Kill.Arm(when, afterwards: false);
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
