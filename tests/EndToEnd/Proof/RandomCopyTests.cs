using System.Collections.Concurrent;
using System.Globalization;
using Migrate.Executor.Copy;
using Migrate.Executor.Sources.Nbd;
using Migrate.Planner;
using Migrate.Planner.VSphere.ChangeTracking;
using Migrate.Target.Host;

namespace Migrate.EndToEnd.Tests.Proof;

/// <summary>
/// Random disks from a real NBD server to our target over ways that break, with a source that fails and storage that is full, a seed and passes with writes between them, attempts that fail or are
/// broken off anywhere: what counts as copied is equal, and so is the end.
/// </summary>
/// <remarks>MIGRATE_COPY_CASES: how many (6); MIGRATE_COPY_SEED: only that one.</remarks>
[Collection(nameof(ProofCollection))]
public sealed class RandomCopyTests
{
    private const int MiB = 1 << 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_breaks_whatever_is_written_the_copy_is_equal()
    {
        var first = Random.Shared.Next(1_000_000);
        var seeds = Setting("MIGRATE_COPY_SEED") is { } one ? [one] : Enumerable.Range(first, Setting("MIGRATE_COPY_CASES") ?? 6).ToArray();
        var failures = new ConcurrentBag<string>();
        int done = 0, broken = 0;
        foreach (var seed in seeds)
        {
            await using var line = await CopyLine.OpenAsync(512L * new Random(seed).Next(100, 24 * MiB / 512), tmpfs: "40m");
            var random = new Random(seed);
            await using var run = await CaseRun.OpenAsync(line, random);
            try
            {
                await run.RunAsync();
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                failures.Add($"seed {seed}, {line}, after {string.Join(", ", run.Told)}:\n{e}");
            }

            (done, broken) = (done + run.Done, broken + run.Broken);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{seeds.Length} disks from seed {seeds[0]}: {done} copies and passes came to their end, {broken} attempts broke");
        failures.ShouldBeEmpty();
    }

    private static int? Setting(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private sealed class CaseRun(CopyLine line, Random random, NbdSource nbd, TcpProxy sourceWay) : IAsyncDisposable
    {
        private const string Full = "target full";
        private const string ReadError = "source's reads fail";
        private const string TargetSilent = "target silent";
        private const string SourceSilent = "source silent";
        private readonly List<ChangedArea> _changed = [];
        private bool _isSeeded;
        private TimeSpan _stall;

        public List<string> Told { get; } = [];

        public int Done { get; private set; }

        public int Broken { get; private set; }

        public static async Task<CaseRun> OpenAsync(CopyLine line, Random random)
        {
            var nbd = await NbdSource.StartAsync(random.Next(2) == 0 ? "qemu-nbd" : "nbdkit", line.Source); // Only of nbdkit do reads fail.
            return new CaseRun(line, random, nbd, new TcpProxy(nbd.EndPoint));
        }

        public async Task RunAsync()
        {
            for (var hole = random.Next(6); hole > 0; hole--)
            {
                await WriteAsync(zeroes: true);
            }

            _changed.Clear(); // That was the disk as it was found.
            for (var attempt = 0; attempt < 10; attempt++)
            {
                await AttemptAsync(NextFault());
                if (_isSeeded)
                {
                    for (var write = random.Next(5); write > 0; write--)
                    {
                        await WriteAsync(zeroes: random.Next(4) == 0);
                    }
                }
            }

            await AttemptAsync("nothing");
            _changed.ShouldBeEmpty("the last attempt came to its end");
            await line.IsEqualAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await sourceWay.DisposeAsync();
            await nbd.DisposeAsync();
        }

        private string NextFault() => random.Next(20) switch
        {
            0 or 1 => "target cut",
            2 or 3 => "target reset",
            4 => TargetSilent,
            5 or 6 => Full,
            7 or 8 => "source cut",
            9 or 10 => "source reset",
            11 => SourceSilent,
            12 or 13 => ReadError,
            14 or 15 => "broken off",
            16 => "spoilt",
            17 => "spoilt when it is read back",
            _ => "nothing",
        };

        private async Task AttemptAsync(string fault)
        {
            Told.Add(fault);
            using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
            Plan(fault, cancel);
            try
            {
                // Where nothing else protects the data on its way, digests do.
                await using var host = await line.ConnectAsync(digests: fault.StartsWith("spoilt", StringComparison.Ordinal), patient: fault == "nothing" || random.Next(2) == 0);
                await CopyAsync(host, cancel.Token);
                Done++;
                _isSeeded = true;
                _changed.Clear();
            }
            catch (Exception e) when (fault != "nothing" && (e is MigrateException { IsTransient: true } or NvmeException { StatusCodeType: null } || cancel.IsCancellationRequested || IsNamed(fault, e)))
            {
                Cancellation.ThrowIfCancellationRequested();
                Broken++;
            }

            line.Way.After(long.MaxValue / 2, toServer: true, () => { });
            sourceWay.After(long.MaxValue / 2, toServer: false, () => { });
            line.Way.SpoilToServer(0);
            line.Way.SpoilToClient(0);
            nbd.Fail(reads: false);
            File.Delete(Hog);
        }

        private string Hog => Path.Combine(line.Directory, "target", "hog");

        /// <summary>What waits for an operator says so.</summary>
        private static bool IsNamed(string fault, Exception exception) => exception is MigrateException e && fault switch
        {
            Full => e.Code == "target.no-space",
            ReadError => e.Code.StartsWith("source.", StringComparison.Ordinal),
            _ => false,
        };

        /// <summary>Somewhere in the disk's length; an attempt that moves less meets nothing.</summary>
        private void Plan(string fault, CancellationTokenSource cancel)
        {
            var at = random.NextInt64(line.Bytes);
            _stall = TimeSpan.FromSeconds(fault == SourceSilent ? 4 : 20);
            if (fault == Full)
            {
                // Some room is left, so that it is full in the middle.
                var free = new DriveInfo(Path.GetDirectoryName(Hog)!).AvailableFreeSpace;
                File.WriteAllBytes(Hog, new byte[Math.Max(0, free - random.NextInt64(line.Bytes))]);
            }

            Action? atTarget = fault switch
            {
                "target cut" => line.Way.Cut,
                "target reset" => line.Way.Reset,
                TargetSilent => line.Way.Freeze,
                "broken off" => () => _ = cancel.CancelAsync(),
                "spoilt" => () => line.Way.SpoilToServer(),
                "spoilt when it is read back" => () => line.Way.SpoilToClient(),
                _ => null,
            };
            if (atTarget is not null)
            {
                line.Way.After(at, toServer: true, atTarget);
            }
            else if (fault.StartsWith("source", StringComparison.Ordinal))
            {
                sourceWay.After(at, toServer: false, fault switch
                {
                    "source cut" => sourceWay.Cut,
                    SourceSilent => sourceWay.Freeze,
                    ReadError => () => nbd.Fail(reads: true),
                    _ => sourceWay.Reset,
                });
            }
        }

        private async Task CopyAsync(NvmeHost host, CancellationToken cancellationToken)
        {
            var destination = await line.OpenDiskAsync(host);
            await using var journal = await line.OpenJournalAsync();
            var readerOptions = new NbdReaderOptions { Attempts = random.Next(1, 4), FirstDelay = TimeSpan.FromMilliseconds(10), StallTimeout = _stall };
            await using var reader = await NbdReader.OpenAsync(new NbdEndpoint(sourceWay.EndPoint), readerOptions, TimeProvider.System, cancellationToken);
            var engine = new CopyOptions { CheckpointBytes = random.Next(1, 5) * MiB, ReadBackBeforeJournal = random.Next(2) == 0, DestinationIsZero = journal.IsFresh };
            string hash;
            if (!_isSeeded)
            {
                hash = (await DiskCopy.RunAsync(reader, destination, journal, engine, null, TimeProvider.System, cancellationToken)).SourceHash;
            }
            else
            {
                // No sample: it would mend what the changed areas leave out.
                var options = new ChangeCopyOptions { Engine = engine, SelfTest = new SelfTestOptions { Certainty = 0 } };
                hash = (await ChangeCopy.RunAsync(
                    reader, new NvmeDiskWriter(destination), journal, PassBasis.Changes, _changed.ToArray().ToAsyncEnumerable(), options, null, TimeProvider.System, cancellationToken)).SourceHash;
            }

            await using (var source = File.OpenRead(line.Source))
            {
                hash.ShouldBe(await DiskHash.OfStreamAsync(source, Cancellation), "what the source sent");
            }

            (await DiskVerify.HashAsync(destination, null, TimeProvider.System, cancellationToken)).ShouldBe(hash, "what was read back");
        }

        /// <summary>Changes the disk under its server, and remembers where, in the blocks that tracking knows.</summary>
        private async Task WriteAsync(bool zeroes)
        {
            const int Block = 64 << 10;
            var offset = random.NextInt64(line.Bytes / 512) * 512;
            var length = (int)Math.Min(line.Bytes - offset, 512 * random.Next(1, 4096));
            var data = new byte[length];
            if (!zeroes)
            {
                random.NextBytes(data);
            }

            await using (var file = new FileStream(line.Source, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            {
                file.Position = offset;
                await file.WriteAsync(data, Cancellation);
            }

            var (start, end) = (offset / Block * Block, Math.Min(line.Bytes, (offset + length + Block - 1) / Block * Block));
            _changed.Add(new ChangedArea(start, end - start));
        }
    }
}
