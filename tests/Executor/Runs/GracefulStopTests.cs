using Microsoft.Extensions.DependencyInjection;
using Migrate.Executor.Tests.Jobs;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Tests.Runs;

/// <summary>Two executors on one PostgreSQL, a real copy from a slow source: the one that copies is stopped, the other goes on.</summary>
public sealed class GracefulStopTests(PostgresCluster postgres)
{
    private const long DiskBytes = 32L << 20;

    /// <summary>Some of it is left to copy even if a second executor takes long to start.</summary>
    private const long LongDiskBytes = 192L << 20;
    private const long SlowBytesPerSecond = 2L << 20;

    /// <summary>Extents that were on their way when the first executor stopped.</summary>
    private const long OnTheWay = 8L << 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_long_copy_is_checkpointed_and_another_executor_goes_on_with_it_at_once()
    {
        await using var site = await SeedingSite.OpenAsync(postgres, LongDiskBytes);
        using var first = site.Build("first");
        await first.Services.GetRequiredService<MigrateDatabase>().MigrateAsync(Cancellation);
        var run = await site.AddSeedingRunAsync(first.Services);
        site.Simulator.Faults.ReadBytesPerSecond = SlowBytesPerSecond;
        await first.StartAsync(Cancellation);
        await Eventually.BecomesTrueAsync(async () => (await SeedingSite.DiskAsync(first.Services, run)).BytesDone > 8L << 20, "some of it is copied");
        using var second = site.Build("second");
        await second.StartAsync(Cancellation);

        var began = TimeProvider.System.GetTimestamp();
        await first.StopAsync(Cancellation);
        var stopped = TimeProvider.System.GetElapsedTime(began);
        var sent = site.Simulator.DiskBytesSent;
        await Eventually.BecomesTrueAsync(async () => await SeedingSite.RunAsync(second.Services, run) is { LeaseOwner: not null }, "the other one has it");
        var wentOn = TimeProvider.System.GetElapsedTime(began);

        site.Simulator.Faults.ReadBytesPerSecond = null;
        await Eventually.BecomesTrueAsync(async () => (await SeedingSite.DiskAsync(second.Services, run)).VerifiedAt is not null, "the disk is copied and read back");
        TestContext.Current.TestOutputHelper!.WriteLine($"Stopped in {stopped.TotalSeconds:0.0} s, went on after {wentOn.TotalSeconds:0.0} s.");
        stopped.ShouldBeLessThan(TimeSpan.FromSeconds(30), "half of what the host gives a stop; 10 s is what it should take");
        var disk = await SeedingSite.DiskAsync(second.Services, run);
        disk.DestinationHash.ShouldBe(disk.SourceHash);
        (site.Simulator.DiskBytesSent - sent).ShouldBeLessThan(LongDiskBytes - (8L << 20) + OnTheWay, "what was safe is not read again");
        await second.StopAsync(Cancellation);
    }

    [Fact]
    public async Task A_target_that_has_fallen_silent_does_not_hold_up_a_stop_and_the_run_is_handed_over()
    {
        await using var site = await SeedingSite.OpenAsync(postgres, DiskBytes);
        await using var way = new TcpProxy(site.Target.EndPoint);
        site.Way = way;
        using var executor = site.Build("first", options => options with { CheckpointBytes = 2L << 20 });
        await executor.Services.GetRequiredService<MigrateDatabase>().MigrateAsync(Cancellation);
        var run = await site.AddSeedingRunAsync(executor.Services);
        var silent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        way.After(DiskBytes / 2, toServer: true, () =>
        {
            // As if its process were stopped: connections are half open, and those that are tried have no answer.
            way.FreezesAll = true;
            way.Freeze();
            silent.SetResult();
        });
        await executor.StartAsync(Cancellation);
        await silent.Task.WaitAsync(TimeSpan.FromMinutes(5), Cancellation);

        var began = TimeProvider.System.GetTimestamp();
        await executor.StopAsync(Cancellation);
        var stopped = TimeProvider.System.GetElapsedTime(began);

        TestContext.Current.TestOutputHelper!.WriteLine($"Stopped in {stopped.TotalSeconds:0.0} s.");
        stopped.ShouldBeLessThan(TimeSpan.FromSeconds(40), "a command that nobody gives up has 60 s; 10 s is what a stop should take");
        using var next = site.Build("second"); // Its services, without ever starting it.
        var left = await SeedingSite.RunAsync(next.Services, run);
        (left.Phase, left.LeaseOwner, left.ErrorCode).ShouldBe((RunPhase.Seeding, null, null));
        left.DueAt.ShouldNotBeNull();

        // It is back, and a new executor goes on.
        site.Way = null;
        using var second = site.Build("third");
        await second.StartAsync(Cancellation);
        await Eventually.BecomesTrueAsync(async () => (await SeedingSite.DiskAsync(second.Services, run)).VerifiedAt is not null, "the disk is copied and read back");
        var disk = await SeedingSite.DiskAsync(second.Services, run);
        disk.DestinationHash.ShouldBe(disk.SourceHash);
        await second.StopAsync(Cancellation);
    }
}
