using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Executor.Copy;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.VSphere;
using Migrate.Planner.VSphere.ChangeTracking;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Executor.Tests.Copy;

/// <summary>
/// Seed and deltas equal the source, whatever happens: the guest writes between any two requests, and by a seed tracking is reset or breaks,
/// guests do not hold still, deltas are left behind, sessions end, copies and the program break off.
/// </summary>
public sealed class WarmCopyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private string _saved = "";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Seed_and_deltas_equal_the_source_whatever_happens_between_any_two_calls(int seed)
    {
        var random = new Random(seed);
        await using var site = await Site.StartAsync(random, _folder);
        var tracker = Tracker(site, TrackingState.For(Guid.NewGuid(), site.Vm));
        await tracker.EnableAsync(Cancel);
        var bases = new HashSet<PassBasis>();
        for (var completed = 0; completed < 4;)
        {
            // The first pass is left alone, so that there is something to go on from.
            if (completed > 0)
            {
                Disturb(site.Server, random);
            }

            try
            {
                await using var pass = await tracker.ResumeAsync(Cancel) ?? await tracker.BeginPassAsync(Cancel);
                await BeginSeedsAsync(site, tracker);
                foreach (var disk in site.Disks)
                {
                    bases.Add(pass.Disks.Single(d => d.Disk.Key == disk.Key).Basis);
                    await disk.CopyAsync(site.Session, site.Vm, pass, random.Next(6) == 0 ? random.Next(1, 20) : null, null, Cancel);
                }

                if (random.Next(8) == 0)
                {
                    await tracker.AbandonPassAsync(Cancel);
                    continue;
                }

                (await site.DifferentFromFrozenAsync(pass)).ShouldBeEmpty();
                await tracker.CompletePassAsync(Cancel);
                completed++;
            }
            catch (Exception e) when (e is IOException or MigrateException { Code: "source.cbt-file" or "source.file-locked" or "source.snapshot-vanished" or "source.consolidation-failed" or "source.fault" or "source.busy" or "source.cbt-not-active" })
            {
                // The program is gone, too: what was saved last is all there is.
                tracker = Tracker(site, JsonSerializer.Deserialize<TrackingState>(_saved)!);
            }
        }

        await tracker.ResumeAsync(Cancel);
        await site.Session.PowerOffAsync(site.Vm.Key, Cancel);
        await using (var last = await tracker.BeginLastPassAsync(Cancel))
        {
            foreach (var disk in site.Disks)
            {
                await disk.CopyAsync(site.Session, site.Vm, last, null, null, Cancel);
            }

            await tracker.CompletePassAsync(Cancel);
        }

        await tracker.RestoreAsync(Cancel);
        await site.ShouldEqualNowAsync();
        site.Server.SnapshotsOf("vm").ShouldBeEmpty();
        site.Disks.ShouldAllBe(d => site.Server.DeltasOf("vm", d.Index) == 0);
        site.Server.ChangeTrackingOf("vm").ShouldBeFalse();
        bases.ShouldContain(PassBasis.UsedAreas);
        // Tracking told the truth, so no pass may have been distrusted by the self-test.
        site.Disks.SelectMany(d => d.Results).ShouldAllBe(r => r.SelfTest == null || r.SelfTest.Passed);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public async Task A_source_that_leaves_changes_out_is_found_out_and_the_copy_is_right_all_the_same(int seed)
    {
        var random = new Random(seed);
        await using var site = await Site.StartAsync(random, _folder);
        var tracker = Tracker(site, TrackingState.For(Guid.NewGuid(), site.Vm));
        await tracker.EnableAsync(Cancel);
        await PassAsync(site, tracker, null);
        for (var pass = 0; pass < 3; pass++)
        {
            // First nothing of what changed is told, then half of it, of which the rest of an extent may betray some. The sample is larger
            // than the disks, so it cannot miss.
            var share = pass == 0 ? 1 : 0.5;
            Array.ForEach([0, 1], disk => site.Server.Guests.Burst("vm", disk, 12, 4096, random.Next()));
            site.Server.Faults.LoseChanges("vm", share, random.Next());
            var results = await PassAsync(site, tracker, null);
            (share < 1 || results.TrueForAll(r => !r.SelfTest!.Passed)).ShouldBeTrue();
        }
    }

    [Fact]
    public async Task Without_the_self_test_the_same_lie_would_have_spoiled_the_copy()
    {
        var random = new Random(11);
        await using var site = await Site.StartAsync(random, _folder);
        var tracker = Tracker(site, TrackingState.For(Guid.NewGuid(), site.Vm));
        await tracker.EnableAsync(Cancel);
        await PassAsync(site, tracker, null);
        Array.ForEach([0, 1], disk => site.Server.Guests.Burst("vm", disk, 12, 4096, random.Next()));
        site.Server.Faults.LoseChanges("vm", 1, random.Next());
        await PassAsync(site, tracker, new SelfTestOptions { Certainty = 0 }, expectedDifferent: 2);
    }

    private static async Task<List<ChangeCopyResult>> PassAsync(Site site, ChangeTracker tracker, SelfTestOptions? selfTest, int expectedDifferent = 0)
    {
        await using var pass = await tracker.BeginPassAsync(Cancel);
        var results = new List<ChangeCopyResult>();
        foreach (var disk in site.Disks)
        {
            results.Add(await disk.CopyAsync(site.Session, site.Vm, pass, null, selfTest, Cancel));
        }

        (await site.DifferentFromFrozenAsync(pass)).Count.ShouldBe(expectedDifferent);
        await tracker.CompletePassAsync(Cancel);
        return results;
    }

    /// <summary>The first pass is the one that is given up or breaks off, again and again: what is known by then has to be of some use, and true.</summary>
    [Theory]
    [InlineData(21)]
    [InlineData(22)]
    [InlineData(23)]
    [InlineData(24)]
    [InlineData(25)]
    [InlineData(26)]
    public async Task A_seed_that_never_comes_to_its_end_at_once_reads_only_what_changed_or_is_not_known(int seed)
    {
        var random = new Random(seed);
        await using var site = await Site.StartAsync(random, _folder);
        var tracker = Tracker(site, TrackingState.For(Guid.NewGuid(), site.Vm));
        await tracker.EnableAsync(Cancel);
        var none = new SelfTestOptions { Certainty = 0 }; // It would find what is wrong, and read what need not be read.
        for (var attempt = 0; attempt < 8; attempt++)
        {
            try
            {
                await using var pass = await tracker.ResumeAsync(Cancel) ?? await tracker.BeginPassAsync(Cancel);
                await BeginSeedsAsync(site, tracker);
                foreach (var disk in site.Disks)
                {
                    await disk.CopyAsync(site.Session, site.Vm, pass, random.Next(2) == 0 ? random.Next(1, 6) : null, none, Cancel);
                }

                (await site.DifferentFromFrozenAsync(pass)).ShouldBeEmpty();
                if (random.Next(3) == 0)
                {
                    // Everything is at the destination: nothing is sent again, and nothing read of the very moment of which it all is.
                    foreach (var disk in site.Disks)
                    {
                        await using var same = (await tracker.ResumeAsync(Cancel))!;
                        var again = await disk.CopyAsync(site.Session, site.Vm, same, null, none, Cancel);
                        again.BytesWritten.ShouldBe(0);
                        (again.NamedExtents == 0 || !same.Disks.Single(d => d.Disk.Key == disk.Key).KnownIsCurrent).ShouldBeTrue();
                    }
                }

                await tracker.AbandonPassAsync(Cancel);
            }
            catch (IOException)
            {
                tracker = Tracker(site, JsonSerializer.Deserialize<TrackingState>(_saved)!);
                if (random.Next(2) == 0)
                {
                    await tracker.ReleaseAsync(Cancel);
                }
            }
        }

        await tracker.ReleaseAsync(Cancel);
        var results = await PassAsync(site, tracker, none);
        results.ShouldAllBe(r => r.SelfTest == null);
        await tracker.RestoreAsync(Cancel);
    }

    private static async Task BeginSeedsAsync(Site site, ChangeTracker tracker)
    {
        if (site.Disks.Where(d => d.IsUntouched).Select(d => d.Key).ToList() is { Count: > 0 } untouched)
        {
            await tracker.BeginSeedAsync(untouched, Cancel);
        }
    }

    private static void Disturb(SimulatorServer server, Random random)
    {
        switch (random.Next(9))
        {
            case 0:
                server.Faults.ResetChangeTracking("vm");
                break;
            case 1:
                server.Faults.BreakChangeTracking("vm");
                break;
            case 2:
                server.Faults.FailQuiesce();
                break;
            case 3:
                server.Faults.LeaveConsolidation();
                break;
            case 4:
                server.Faults.FailTasks("RemoveSnapshot_Task", "SystemError", "the host lost its way");
                break;
            case 5:
                server.Faults.FailTasks("CreateSnapshot_Task", "SystemError", "the host lost its way");
                break;
            case 6:
                server.Faults.FailHttp(1);
                break;
            default:
                break;
        }
    }

    private ChangeTracker Tracker(Site site, TrackingState state)
    {
        return new ChangeTracker(site.Session, state, SaveAsync, new TrackingOptions { Poll = TimeSpan.FromMilliseconds(5), RemovePatience = TimeSpan.Zero }, NullLogger<ChangeTracker>.Instance);

        Task SaveAsync(TrackingState next, CancellationToken cancellationToken)
        {
            _saved = JsonSerializer.Serialize(next);
            return Task.CompletedTask;
        }
    }

    private sealed class Site(SimulatorServer server, VSphereSession session, Vm vm, IReadOnlyList<ChangedDisk> disks) : IAsyncDisposable
    {
        public SimulatorServer Server => server;

        public VSphereSession Session => session;

        public Vm Vm => vm;

        public IReadOnlyList<ChangedDisk> Disks => disks;

        public static async Task<Site> StartAsync(Random random, TemporaryFolder folder)
        {
            // Sizes that are no multiple of 64 KiB or 1 MiB, pages of a few areas, many of them empty.
            long[] sizes = [(6L << 20) + 512 * random.Next(1, 2000), (3L << 20) - 512 * random.Next(1, 2000)];
            var estate = new Estate
            {
                Seed = random.Next(),
                Datastores = [new EstateDatastore { Name = "ds1" }],
                Vms =
                [
                    new EstateVm
                    {
                        Name = "vm",
                        Cbt = false,
                        Disks = [.. sizes.Select(s => new EstateDisk { Capacity = s, ZeroShare = random.NextDouble() })],
                        Writes = new EstateWrites { PerRequest = 1, MostBytes = random.Next(3) == 0 ? 512 << 10 : 8 << 10 },
                    },
                ],
            };
            var options = new SimulatorOptions
            {
                TaskDuration = TimeSpan.FromMilliseconds(2),
                ChangedAreas = new() { AreasPerAnswer = random.Next(1, 9), StretchBytes = random.Next(2) == 0 ? 0 : 512 << 10, PastTheEnd = random.Next(3) > 0 },
            };
            var server = await SimulatorServer.StartAsync(estate, options, Cancel);
            var session = await VSphereSession.OpenAsync(new(server.Url, server.UserName, server.Password, server.Thumbprint), TimeProvider.System, NullLoggerFactory.Instance, Cancel);
            var vm = (await session.ReadInventoryAsync(Cancel)).Vms.Single();
            return new Site(server, session, vm, [.. vm.Disks.Select((d, i) => new ChangedDisk(d.Key, i, sizes[i], folder.File($"journal-{i}"), random))]);
        }

        /// <summary>Disks whose destination is not as the disk was at the pass's moment, though the guest has gone on since.</summary>
        public async Task<IReadOnlyList<int>> DifferentFromFrozenAsync(TrackingPass pass)
        {
            var different = new List<int>();
            foreach (var disk in disks)
            {
                var uri = session.FolderUri(vm.Datacenter, Executor.Sources.DiskReaders.FlatFileOf(pass.Disks.Single(d => d.Disk.Key == disk.Key).Disk.FrozenFile!));
                var frozen = await session.Http.GetByteArrayAsync(uri, Cancel);
                var same = disk.Destination.Content.AsSpan().SequenceEqual(frozen);
                // The hash that the pass reports has to tell the same.
                (disk.Results[^1].SourceHash == await SampleDisk.HashAsync(frozen)).ShouldBe(same);
                if (!same)
                {
                    different.Add(disk.Index);
                }
            }

            return different;
        }

        public async Task ShouldEqualNowAsync()
        {
            foreach (var disk in disks)
            {
                var now = new byte[disk.Destination.Content.Length];
                await server.ReadDiskAsync("vm", disk.Index, 0, now, Cancel);
                disk.Destination.Content.AsSpan().SequenceEqual(now).ShouldBeTrue($"disk {disk.Index} in the end");
            }
        }

        public async ValueTask DisposeAsync()
        {
            await session.DisposeAsync();
            await server.DisposeAsync();
        }
    }
}
