using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Executor.Copy;
using Migrate.Executor.Jobs;
using Migrate.Planner.Persistence;
using Migrate.Target.Admin;
using Migrate.Target.Host;

namespace Migrate.EndToEnd.Tests.Workers;

/// <summary>Worker processes that share a wave, on a real PostgreSQL and loopback addresses of their own.</summary>
public sealed class WorkersTests(PostgresCluster postgres)
{
    private const long MiB = 1 << 20;
    private const long DiskBytes = 64 * MiB;

    /// <summary>A checkpoint comes every 10 s; and what was on its way when it died.</summary>
    private const double CheckpointSeconds = 10;
    private const long OnTheWay = 24 * MiB;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Three_workers_share_a_wave_and_what_a_killed_one_was_at_goes_on_elsewhere_from_its_journal()
    {
        const long Rate = 3 * MiB;
        await using var yard = await CopyYard.OpenAsync(postgres, DiskBytes, DiskBytes, DiskBytes);
        yard.Simulator.Faults.ReadBytesPerSecond = MiB / 4; // Until all three are up: they come one after the other.
        await using var first = await yard.StartWorkerAsync("w1", "127.0.0.2");
        await using var second = await yard.StartWorkerAsync("w2", "127.0.0.3");
        await using var third = await yard.StartWorkerAsync("w3", "127.0.0.4");
        WorkerUnderTest[] workers = [first, second, third];

        // Each is at one disk, and each disk has something in its journal.
        await yard.UntilAsync(async () => (await OwnersAsync(yard)).Distinct().Count() == 3, "three workers are at the three disks", workers);
        await yard.UntilAsync(
            () => Task.FromResult(yard.Target.ListHosts().SelectMany(x => x.Controllers).SelectMany(x => x.Connections).Select(x => x.Local.Address).Distinct().Count() == 3),
            "each has connected by its own address", workers);
        yard.Simulator.Faults.ReadBytesPerSecond = Rate;
        await yard.UntilAsync(async () => (await yard.JournalledAsync(yard.Runs[0].Id)) > 0, "the first disk's journal has something", workers);

        var run = yard.Runs[0];
        var killed = workers.Single(x => OwnerOf(yard, run).StartsWith($"{x.Name}/", StringComparison.Ordinal));
        await killed.KillAsync();
        var (safe, epoch) = (await yard.JournalledAsync(run.Id), (await yard.RunAsync(run.Id)).LeaseEpoch);
        await yard.UntilAsync(async () => (await yard.RunAsync(run.Id)) is { LeaseOwner: not null } now && now.LeaseEpoch > epoch, "another worker has the disk", workers);
        OwnerOf(yard, run).ShouldNotStartWith($"{killed.Name}/");
        safe.ShouldBeGreaterThan(0);

        yard.Simulator.Faults.ReadBytesPerSecond = null;
        await yard.UntilAsync(yard.AllCopiedAsync, "all disks are copied", workers);
        await yard.IsProvenAsync();
        var wasted = yard.Simulator.DiskBytesSent - (3 * DiskBytes);
        TestContext.Current.TestOutputHelper?.WriteLine($"safe when it was killed: {safe / MiB} MiB; read again in all: {wasted / MiB} MiB");
        wasted.ShouldBeLessThan((long)(Rate * CheckpointSeconds) + OnTheWay, "what is in the journal is not read again");
    }

    [Fact]
    public async Task A_worker_more_adds_rate_until_the_limit_of_all_is_reached_which_is_changed_while_they_copy()
    {
        // At 2 MiB/s the first disk takes four minutes: until the third worker is up, and it takes a busy machine one to start each.
        await using var yard = await CopyYard.OpenAsync(postgres, 8 * DiskBytes, 8 * DiskBytes, 8 * DiskBytes);
        await yard.LimitAsync("host:*=5MiB");
        var workers = new List<WorkerUnderTest>();
        var source = new SourceRate(yard.Simulator);
        try
        {
            foreach (var fewerMay in (double[])[0, 2, 4])
            {
                workers.Add(await yard.StartWorkerAsync($"w{workers.Count + 1}", $"127.0.0.{workers.Count + 2}", more: ["--limit", "host:*=2MiB"]));
                await yard.UntilAsync(
                    () => Task.FromResult(source.HasExceeded(fewerMay, burstMiB: workers.Count * SourceRate.ReadMiB)), $"{workers.Count} workers read more than {fewerMay} MiB/s", [.. workers]);
                source.ShouldHaveKept(Math.Min(5, workers.Count * 2), burstMiB: workers.Count * SourceRate.ReadMiB);
            }

            await yard.LimitAsync("host:*=1MiB");
            await Task.Delay(TimeSpan.FromSeconds(10), Cancellation); // What they had begun, and what they look at every two seconds.
            source = new SourceRate(yard.Simulator);
            await yard.UntilAsync(() => Task.FromResult(source.Look() > TimeSpan.FromSeconds(16)), "some time has passed", [.. workers]);
            source.ShouldHaveKept(1, burstMiB: 3 * SourceRate.ReadMiB);
        }
        finally
        {
            foreach (var worker in workers)
            {
                await worker.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task A_worker_that_slept_beyond_its_lease_can_neither_write_nor_journal_when_it_wakes()
    {
        await using var yard = await CopyYard.OpenAsync(postgres, 4 * DiskBytes);
        yard.Simulator.Faults.ReadBytesPerSecond = 4 * MiB;
        var run = yard.Runs[0];
        await using var sleeper = await yard.StartWorkerAsync("sleeper", "127.0.0.2", leaseSeconds: 4);
        await yard.UntilAsync(async () => (await yard.JournalledAsync(run.Id)) > 0, "something is copied", sleeper);
        var before = await yard.RunAsync(run.Id);
        var old = new LeaseClaim(run.Id, before.LeaseOwner!, before.LeaseEpoch);
        await sleeper.SignalAsync("STOP");
        await using var next = await yard.StartWorkerAsync("next", "127.0.0.3", leaseSeconds: 4);
        await yard.UntilAsync(async () => (await yard.RunAsync(run.Id)).LeaseOwner?.StartsWith("next/", StringComparison.Ordinal) == true, "another has taken over", sleeper, next);
        var disk = await yard.DiskAsync(run.Id);
        await yard.UntilAsync(() => Task.FromResult(GrantedTo(yard, disk) is { } now && now != HostOf(old)), "the target knows the new one", sleeper, next);

        await sleeper.SignalAsync("CONT");

        // With all that the sleeper has: its name at the target, its epoch, its lease.
        await using (var host = await NvmeHost.ConnectAsync(
            new NvmeHostOptions { EndPoint = new(System.Net.IPAddress.Loopback, yard.Target.EndPoint.Port), SubsystemNqn = yard.Target.SubsystemNqn, HostNqn = HostOf(old), HostId = Guid.NewGuid() },
            TimeProvider.System, null, Cancellation))
        {
            var opened = await host.OpenAsync(disk.NamespaceUuid, Cancellation);
            (await Should.ThrowAsync<NvmeException>(async () => await opened.WriteAsync(0, new byte[4096], Cancellation))).StatusCode.ShouldBe(0x83);
        }

        (await Should.ThrowAsync<TargetException>(() => yard.Target.GrantAsync(disk.NamespaceUuid, HostOf(old), old.Epoch, Cancellation))).Code.ShouldBe("target.epoch-stale");
        await Should.ThrowAsync<LeaseLostException>(() => yard.Services.GetRequiredService<JournalStore>().OpenAsync(old, disk, Cancellation));

        await yard.UntilAsync(() => Task.FromResult(sleeper.Said.Contains("the lease of epoch", StringComparison.Ordinal)), "the sleeper knows that it lost the run", sleeper, next);
        yard.Simulator.Faults.ReadBytesPerSecond = null;
        await yard.UntilAsync(yard.AllCopiedAsync, "the disk is copied", sleeper, next);
        await yard.IsProvenAsync();
    }

    [Fact]
    public async Task Of_two_workers_that_find_one_step_one_writes()
    {
        await using var yard = await CopyYard.OpenAsync(postgres, 32 * MiB);
        yard.Simulator.Faults.ReadBytesPerSecond = 8 * MiB;
        var workers = await Task.WhenAll(yard.StartWorkerAsync("a", "127.0.0.2", copies: 2, leaseSeconds: 300), yard.StartWorkerAsync("b", "127.0.0.3", copies: 2, leaseSeconds: 300));
        await using var a = workers[0];
        await using var b = workers[1];

        await yard.UntilAsync(yard.AllCopiedAsync, "the disk is copied", workers);

        await yard.IsProvenAsync();
        yard.Target.ReadStatistics().Hosts.Values.Count(x => x.Bytes(Migrate.Target.Statistics.CommandClass.Write) > 0).ShouldBe(1);
        // Each taking of the lease writes under a host of its own, so one host means that the step was taken once.
    }

    [Fact]
    public async Task A_worker_that_is_told_to_stop_hands_over_within_ten_seconds_and_is_gone_from_the_list()
    {
        await using var yard = await CopyYard.OpenAsync(postgres, 4 * DiskBytes);
        yard.Simulator.Faults.ReadBytesPerSecond = 4 * MiB;
        await using var leaver = await yard.StartWorkerAsync("leaver", "127.0.0.2");
        await yard.UntilAsync(async () => (await yard.JournalledAsync(yard.Runs[0].Id)) > 0, "something is copied", leaver);
        (await NamesAsync(yard)).ShouldBe(["leaver"]);
        var sent = yard.Simulator.DiskBytesSent;

        var began = TimeProvider.System.GetTimestamp();
        await leaver.SignalAsync("TERM");
        (await leaver.EndAsync()).ShouldBe(0, leaver.Said);
        var took = TimeProvider.System.GetElapsedTime(began);

        TestContext.Current.TestOutputHelper?.WriteLine($"stopped in {took.TotalSeconds:0.0} s");
        var stopped = await yard.RunAsync(yard.Runs[0].Id);
        (stopped.Phase, stopped.LeaseOwner).ShouldBe((RunPhase.Seeding, null), "free for others at once, not when the lease runs out");
        (await NamesAsync(yard)).ShouldBeEmpty();
        (await yard.JournalledAsync(stopped.Id)).ShouldBeGreaterThan(sent - OnTheWay, "all that was copied is in the journal");

        yard.Simulator.Faults.ReadBytesPerSecond = null;
        await using var heir = await yard.StartWorkerAsync("heir", "127.0.0.3");
        await yard.UntilAsync(yard.AllCopiedAsync, "the disk is copied", heir);
        await yard.IsProvenAsync();
    }

    private static string HostOf(LeaseClaim claim) => $"nqn.2014-08.org.nvmexpress:uuid:{Guid.ParseExact(claim.Owner[^32..], "N"):D}";

    private static string? GrantedTo(CopyYard yard, RunDisk disk) => yard.Target.FindNamespace(disk.NamespaceUuid)!.GrantedHostNqn;

    private static string OwnerOf(CopyYard yard, Run run) => yard.RunAsync(run.Id).GetAwaiter().GetResult().LeaseOwner ?? "";

    private static async Task<IReadOnlyList<string>> OwnersAsync(CopyYard yard)
    {
        await using var db = await yard.DatabaseAsync();
        return await db.Runs.Where(x => x.LeaseOwner != null).Select(x => x.LeaseOwner!.Substring(0, 2)).ToListAsync(Cancellation);
    }

    private static async Task<IReadOnlyList<string>> NamesAsync(CopyYard yard)
    {
        await using var db = await yard.DatabaseAsync();
        return await db.Workers.Select(x => x.Name).ToListAsync(Cancellation);
    }
}
