using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Executor.Copy;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.VSphere;
using Migrate.Planner.VSphere.Calls;
using Migrate.Planner.VSphere.ChangeTracking;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.Executor.Tests.Copy;

/// <summary>
/// Whatever <see cref="Meddling"/> does between any two requests, and wherever the program itself dies: a pass that counts as complete has the frozen
/// disks byte for byte, in the end the copy is the source, and nothing of ours is left there. The self-test is off, for it would mend what tracking gets wrong.
/// </summary>
/// <remarks>MIGRATE_WARM_CASES: how many seeds (16); MIGRATE_WARM_SEED: only that one, with what was done.</remarks>
public sealed class MeddledCopyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task No_pass_counts_that_differs_from_what_was_frozen_whoever_meddles()
    {
        var seeds = Setting("MIGRATE_WARM_SEED") is { } one ? [one] : Enumerable.Range(1000, Setting("MIGRATE_WARM_CASES") ?? 16).ToArray();
        var failures = new ConcurrentBag<string>();
        var passes = 0;
        await Parallel.ForEachAsync(seeds, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Cancel }, async (seed, _) =>
        {
            var meddling = new Meddling(new Random(seed), 0.01 + new Random(seed).NextDouble() * 0.07);
            try
            {
                var run = new CaseRun(new Random(seed ^ 0x5eed), meddling, _folder.File($"case-{seed}"));
                Interlocked.Add(ref passes, await run.RunAsync());
            }
            catch (Exception e)
            {
                failures.Add($"Seed {seed}, after {meddling.Told}:\n{e}");
            }
        });
        failures.ShouldBeEmpty();
        TestContext.Current.TestOutputHelper?.WriteLine($"{seeds.Length} cases from seed {seeds[0]}, {passes} passes that counted");
        passes.ShouldBeGreaterThanOrEqualTo(seeds.Length);
    }

    private static int? Setting(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private sealed class CaseRun(Random random, Meddling meddling, string journals)
    {
        private SimulatorServer _server = null!;
        private VSphereSession _session = null!;
        private Vm _vm = null!;
        private ChangedDisk[] _disks = [];
        private long[] _sizes = [];
        private string _saved = "";
        private byte[]?[] _frozen = [];
        private int _counted;

        public async Task<int> RunAsync()
        {
            _sizes = [(random.Next(1, 5) << 20) + 512 * random.Next(1, 2000), (1 << 20) + 512 * random.Next(-1500, 1500)];
            var estate = new Estate
            {
                Seed = random.Next(),
                Datastores = [new EstateDatastore { Name = "ds1" }, new EstateDatastore { Name = "ds2" }],
                Vms =
                [
                    new EstateVm
                    {
                        Name = "vm",
                        Datastore = "ds1",
                        Cbt = random.Next(2) == 0,
                        Disks = [.. _sizes.Select(s => new EstateDisk { Capacity = s, ZeroShare = random.NextDouble() })],
                        Writes = new EstateWrites { PerRequest = random.Next(3), MostBytes = random.Next(3) == 0 ? 512 << 10 : 8 << 10 },
                    },
                ],
            };
            var options = new SimulatorOptions
            {
                TaskDuration = TimeSpan.FromMilliseconds(2),
                ChangedAreas = new() { AreasPerAnswer = random.Next(1, 9), StretchBytes = random.Next(2) == 0 ? 0 : 512 << 10, PastTheEnd = random.Next(3) > 0 },
                BeforeRequest = meddling.BeforeRequest,
            };
            await using var server = _server = meddling.Server = await SimulatorServer.StartAsync(estate, options, Cancel);
            var endpoint = new VSphereEndpoint(server.Url, server.UserName, server.Password, server.Thumbprint);
            await using var session = _session = await VSphereSession.OpenAsync(endpoint, TimeProvider.System, NullLoggerFactory.Instance, Cancel, new CallLimits { PerSecond = 100_000, Burst = 100_000 });
            _vm = (await session.ReadInventoryAsync(Cancel)).Vms.Single();
            _disks = [.. _vm.Disks.Select((d, i) => new ChangedDisk(d.Key, i, _sizes[i], $"{journals}-{i}", new Random(random.Next())))];
            var tracked = _vm.ChangeTrackingEnabled;
            var tracker = Tracker(TrackingState.For(Guid.NewGuid(), _vm));
            _saved = JsonSerializer.Serialize(tracker.State);

            meddling.On = true;
            for (var attempt = 0; attempt < 12; attempt++)
            {
                if (random.Next(2) == 0)
                {
                    meddling.EndBackups();
                }

                tracker = await AttemptAsync(tracker, last: false);
            }

            // The cut-over: others may still meddle with the first tries.
            for (var (attempt, done) = (0, false); !done; attempt++)
            {
                attempt.ShouldBeLessThan(20, "the last pass never comes to its end");
                if (attempt > 3)
                {
                    meddling.CleanUp();
                }

                server.Faults.SetPower("vm", "poweredOff");
                var before = _counted;
                tracker = await AttemptAsync(tracker, last: true);
                done = _counted > before && !meddling.On && server.PowerStateOf("vm") == "poweredOff";
            }

            await Again(() => tracker.RestoreAsync(Cancel));
            foreach (var disk in _disks)
            {
                var now = new byte[_sizes[disk.Index]];
                await server.ReadDiskAsync("vm", disk.Index, 0, now, Cancel);
                disk.Destination.Content.AsSpan().SequenceEqual(now).ShouldBeTrue($"disk {disk.Index} in the end");
            }

            server.SnapshotsOf("vm").ShouldBeEmpty();
            _disks.ShouldAllBe(d => server.DeltasOf("vm", d.Index) == 0);
            server.ChangeTrackingOf("vm").ShouldBe(tracked);
            return _counted;
        }

        /// <summary>One pass, or what becomes of it. Afterwards a tracker that knows no more than what was saved.</summary>
        private async Task<ChangeTracker> AttemptAsync(ChangeTracker tracker, bool last)
        {
            try
            {
                if (tracker.State.Phase == TrackingPhase.Untouched)
                {
                    await tracker.EnableAsync(Cancel);
                }

                await using var pass = await tracker.ResumeAsync(Cancel) ?? (last ? await tracker.BeginLastPassAsync(Cancel) : await tracker.BeginPassAsync(Cancel));
                await RememberAsync(pass, tracker.State.RunId);
                try
                {
                    foreach (var disk in _disks)
                    {
                        await disk.CopyAsync(_session, _vm, pass, random.Next(8) == 0 ? random.Next(1, 20) : null, new SelfTestOptions { Certainty = 0 }, Cancel);
                    }
                }
                catch (MigrateException e) when (e.Code is "source.cbt-file" or "source.cbt-change-id" or "source.cbt-not-active")
                {
                    await tracker.AbandonPassAsync(Cancel);
                    await tracker.DistrustAsync(_disks[0].Key, e.Message, Cancel);
                    await tracker.DistrustAsync(_disks[1].Key, e.Message, Cancel);
                    return tracker;
                }

                await (random.Next(8) == 0 ? tracker.AbandonPassAsync(Cancel) : tracker.CompletePassAsync(Cancel));
                return tracker;
            }
            catch (Exception e) when (e is IOException or HttpRequestException || (e is MigrateException m && IsExpected(m)))
            {
                return Tracker(JsonSerializer.Deserialize<TrackingState>(_saved)!);
            }
        }

        /// <summary>What is frozen now, looked at without a request; a snapshot that somebody removed already gives nothing to compare with.</summary>
        private async Task RememberAsync(TrackingPass pass, Guid run)
        {
            _frozen = [.. _sizes.Select(s => new byte[s])];
            for (var i = 0; i < _disks.Length; i++)
            {
                try
                {
                    await (pass.SnapshotKey is null
                        ? _server.ReadDiskAsync("vm", i, 0, _frozen[i], Cancel)
                        : _server.ReadSnapshotAsync("vm", _server.SnapshotsOf("vm").FirstOrDefault(s => s == $"migrate-{run:N}-{pass.Number}") ?? "", i, _frozen[i], Cancel));
                }
                catch (ArgumentException)
                {
                    _frozen[i] = null;
                }
            }
        }

        private ChangeTracker Tracker(TrackingState state)
        {
            return new ChangeTracker(_session, state, SaveAsync, new TrackingOptions { Poll = TimeSpan.FromMilliseconds(2), RemovePatience = TimeSpan.Zero, TrustUsedAreas = random.Next(4) > 0 }, NullLogger<ChangeTracker>.Instance);

            Task SaveAsync(TrackingState next, CancellationToken cancellationToken)
            {
                var counts = next.Phase == TrackingPhase.Thawing && next.Disks.Any(d => d.CopiedAt == d.FrozenAt);
                if (meddling.On && random.Next(60) == 0)
                {
                    throw new IOException("the program died before it was written");
                }

                _saved = JsonSerializer.Serialize(next);
                if (counts)
                {
                    _counted++;
                    foreach (var disk in _disks)
                    {
                        var frozen = _frozen[disk.Index].ShouldNotBeNull($"a pass counts whose snapshot was gone before anything was read, disk {disk.Index}");
                        disk.Destination.Content.AsSpan().SequenceEqual(frozen).ShouldBeTrue($"disk {disk.Index}, pass {next.Pass}");
                    }
                }

                return meddling.On && random.Next(60) == 0 ? throw new IOException("the program died after it was written") : Task.CompletedTask;
            }
        }

        private static async Task Again(Func<Task> work)
        {
            for (var attempt = 0; ; attempt++)
            {
                try
                {
                    await work();
                    return;
                }
                catch (MigrateException e) when (attempt < 5 && IsExpected(e))
                {
                    // What was armed before the meddling ended still happens.
                }
            }
        }

        private static bool IsExpected(MigrateException e) => e.IsTransient || e.Code is "source.fault" or "source.disk-vanished" or "source.cbt-file" or "source.cbt-change-id" or "source.cbt-not-active"
            or "source.cbt-preconditions" or "source.consolidation-failed" or "source.power-state" or "source.snapshot-foreign";
    }
}
