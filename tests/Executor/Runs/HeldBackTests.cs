using Microsoft.Extensions.DependencyInjection;
using Migrate.Executor.Copy.Throttle;
using Migrate.Executor.Runs;
using Migrate.Executor.Tests.Jobs;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Tests.Runs;

/// <summary>Runs that are held back while they copy: by the source's latency, and by an operator who speaks to another process.</summary>
public sealed class HeldBackTests(PostgresCluster postgres)
{
    private const long MiB = 1 << 20;

    /// <summary>Ranges that were being read when the copy was paused.</summary>
    private const long OnTheWay = 10 * MiB;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_copy_gives_way_when_its_datastore_slows_down_says_so_and_takes_the_rate_back()
    {
        await using var site = await SeedingSite.OpenAsync(postgres, 512 * MiB);
        var latency = new LatencyGuardOptions { PollEvery = TimeSpan.FromMilliseconds(500), FloorBytesPerSecond = MiB, StepBytesPerSecond = 2 * MiB };
        using var host = site.Build("one", x => x with { LatencyGuard = latency });
        await host.Services.GetRequiredService<MigrateDatabase>().MigrateAsync(Cancellation);
        await host.Services.GetRequiredService<LimitStore>().SetAsync(ThrottleText.Parse(["datastore:*=20ms", "host:*=12MiB"]), Cancellation);
        var run = await site.AddSeedingRunAsync(host.Services);
        var throttle = host.Services.GetRequiredService<CopyThrottles>().Of(new ThrottleKey(ThrottleScope.Datastore, "ds1"));
        site.Simulator.Faults.SlowDatastore("ds1", 6);
        await host.StartAsync(Cancellation);
        await Eventually.BecomesTrueAsync(async () => (await SeedingSite.DiskAsync(host.Services, run)).BytesDone > 8 * MiB, "it copies");
        throttle.LatencyCeiling.ShouldBeNull();

        site.Simulator.Faults.SlowDatastore("ds1", 34);
        await AdvanceUntilAsync(site, () => Task.FromResult(throttle.LatencyCeiling is <= 2.0 * MiB), "it takes less and less");
        await Eventually.BecomesTrueAsync(
            async () => (await SeedingSite.DiskAsync(host.Services, run)).Bottleneck?.StartsWith("held back by the source's latency: 34 ms > 20 ms", StringComparison.Ordinal) == true, "it says why");
        var slow = await RateAsync(site);

        site.Simulator.Faults.SlowDatastore("ds1", 6);
        await AdvanceUntilAsync(site, () => Task.FromResult(throttle.LatencyCeiling is null or > 10.0 * MiB), "it takes more and more");

        TestContext.Current.TestOutputHelper?.WriteLine($"MiB/s held back {slow / MiB:0.0}");
        slow.ShouldBeLessThan(4 * MiB); // How fast it is without being held back is this machine's affair.
        await host.StopAsync(Cancellation);
    }

    [Fact]
    public async Task A_run_that_another_process_copies_is_paused_within_seconds_and_goes_on_from_its_journal()
    {
        const long Disk = 128 * MiB; // So that it is still being copied when it is paused, however late that is.
        await using var site = await SeedingSite.OpenAsync(postgres, Disk);
        using var copies = site.Build("copies", x => x with { LeaseDuration = TimeSpan.FromMinutes(10) }); // It renews too seldom to notice by that.
        using var speaks = site.Build("speaks");
        await copies.Services.GetRequiredService<MigrateDatabase>().MigrateAsync(Cancellation);
        var run = await site.AddSeedingRunAsync(copies.Services);
        site.Simulator.Faults.ReadBytesPerSecond = 2 * MiB;
        await copies.StartAsync(Cancellation);
        await Eventually.BecomesTrueAsync(async () => (await SeedingSite.DiskAsync(copies.Services, run)).BytesDone > 6 * MiB, "it copies");

        await speaks.Services.GetRequiredService<RunControl>().PauseAsync(run, Cancellation);
        await Eventually.BecomesTrueAsync(async () => await SeedingSite.RunAsync(speaks.Services, run) is { Phase: RunPhase.Paused, LeaseOwner: null }, "it is paused");
        await Eventually.BecomesTrueAsync(
            async () =>
            {
                var sent = site.Simulator.DiskBytesSent; // What was on its way may still be counted.
                await Task.Delay(TimeSpan.FromSeconds(2), Cancellation);
                return site.Simulator.DiskBytesSent == sent;
            },
            "nothing is read while it is paused");

        site.Simulator.Faults.ReadBytesPerSecond = null;
        await speaks.Services.GetRequiredService<RunControl>().ResumeAsync(run, Cancellation);
        await Eventually.BecomesTrueAsync(async () => (await SeedingSite.DiskAsync(copies.Services, run)).VerifiedAt is not null, "it is copied");
        var disk = await SeedingSite.DiskAsync(copies.Services, run);
        disk.SourceHash.ShouldNotBeNull().ShouldBe(disk.DestinationHash);
        disk.BytesRead.ShouldBeGreaterThan(Disk - (3 * MiB), "what was read before the pause counts");
        (disk.BytesWritten + disk.BytesZero).ShouldBeGreaterThan(Disk - (3 * MiB));
        site.Simulator.DiskBytesSent.ShouldBeLessThan(Disk + OnTheWay, "what was safe is not read again");
        await copies.StopAsync(Cancellation);
    }

    /// <summary>The source's clock goes on faster than ours: there are new samples each second instead of every 20.</summary>
    private static async Task AdvanceUntilAsync(SeedingSite site, Func<Task<bool>> reached, string what)
    {
        for (var tries = 0; !await reached(); tries++)
        {
            tries.ShouldBeLessThan(120, what);
            site.Simulator.Faults.ClockSkew += TimeSpan.FromSeconds(20);
            await Task.Delay(TimeSpan.FromSeconds(1), Cancellation);
        }
    }

    private static async Task<double> RateAsync(SeedingSite site)
    {
        var (before, began) = (site.Simulator.DiskBytesSent, TimeProvider.System.GetTimestamp());
        await Task.Delay(TimeSpan.FromSeconds(4), Cancellation);
        return (site.Simulator.DiskBytesSent - before) / TimeProvider.System.GetElapsedTime(began).TotalSeconds;
    }
}
