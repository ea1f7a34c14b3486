using System.Runtime.InteropServices;
using Migrate.Executor.Copy;
using Migrate.Executor.Copy.Throttle;
using Migrate.Executor.Sources;
using Migrate.Executor.Tests.Jobs;
using Migrate.Planner;
using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.Executor.Tests.Copy;

public sealed class RangeCopyTests : IDisposable
{
    private static readonly Guid Disk = Guid.Parse("0f3b0f62-7a0f-4f6b-8d7c-3f7be4f0a1c2");
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static IEnumerable<TheoryDataRow<int>> Seeds => Enumerable.Range(1, 25).Select(i => new TheoryDataRow<int>(i));

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(Seeds))]
    public async Task Seed_and_passes_with_any_faults_and_crashes_end_equal_to_the_source(int seed)
    {
        var random = new Random(seed);
        var disk = SampleDisk.Random(random, maxExtents: 20);
        var destination = new MemoryDisk(disk.Length, random);
        var changed = new List<ChangedArea>();
        var seeded = false;
        for (var attempt = 0; attempt < 10; attempt++)
        {
            destination.FailAtWrite = random.Next(2) == 0 ? random.Next(1, 60) : int.MaxValue;
            destination.FailFlush = random.Next(8) == 0;
            using var cancel = new CancellationTokenSource();
            var cancelAt = random.Next(5) == 0 ? random.Next(1, 40) : int.MaxValue;
            destination.OnWrite = n => { if (n == cancelAt) { cancel.Cancel(); } };
            var failAtRead = random.Next(3) == 0 ? random.Next(1, 20) : int.MaxValue;
            try
            {
                await CopyAsync(disk, destination, random, seeded ? changed : null, failAtRead, cancel.Token);
                (seeded, changed) = (true, []);
                destination.Content.AsSpan().SequenceEqual(disk).ShouldBeTrue();
                changed.AddRange(Write(disk, random));
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                destination = destination.Crash();
                changed.AddRange(seeded ? Write(disk, random) : []);
            }
        }
        (destination.FailAtWrite, destination.FailFlush, destination.OnWrite) = (int.MaxValue, false, null);
        var hash = await CopyAsync(disk, destination, random, seeded ? changed : null, int.MaxValue, Cancel);

        destination.Content.AsSpan().SequenceEqual(disk).ShouldBeTrue();
        hash.ShouldBe(await SampleDisk.HashAsync(disk));
        (await DiskVerify.HashAsync(destination, null, TimeProvider.System, Cancel)).ShouldBe(hash);
    }

    [Fact]
    public async Task What_the_map_calls_zero_is_neither_read_nor_sent_and_reads_run_in_parallel_but_not_more_than_the_source_likes()
    {
        var disk = new byte[40 * Extent.Size];
        new Random(1).NextBytes(disk.AsSpan(4 * Extent.Size, 8 * Extent.Size));
        new Random(2).NextBytes(disk.AsSpan((30 * Extent.Size) + 65536, 4096));
        var destination = new MemoryDisk(disk.Length, new Random(1));
        var reader = new TruthfulReader(disk) { ParallelReads = 3, WaitsForAll = true };

        var result = await SeedAsync(reader, destination, new CopyOptions { DestinationIsZero = true });

        destination.Content.AsSpan().SequenceEqual(disk).ShouldBeTrue();
        result.BytesRead.ShouldBe((8 * Extent.Size) + 4096);
        result.BytesWritten.ShouldBeLessThanOrEqualTo((8 * Extent.Size) + 4096 + 4096);
        destination.ZeroCommands.ShouldBe(0);
        reader.MostAtOnce.ShouldBe(3);
    }

    [Fact]
    public async Task A_limit_of_requests_counts_each_read_of_a_disk_in_pieces()
    {
        var disk = new byte[4 * Extent.Size];
        for (var at = 0; at < disk.Length; at += 256 << 10)
        {
            disk.AsSpan(at, 4096).Fill(1);
        }
        var reader = new TruthfulReader(disk) { ParallelReads = 3 };
        var store = new CountingStore();
        var key = new ThrottleKey(ThrottleScope.Datastore, "ds1");
        var throttles = new CopyThrottles(TimeProvider.System) { Store = store };
        throttles.Of(key).Profile = new ThrottleProfile(new ThrottleLimits(null, 4), []); // So few that the store is asked for each one.

        await SeedAsync(reader, new MemoryDisk(disk.Length, new Random(1)), new CopyOptions { DestinationIsZero = true, Throttle = throttles.For(key) });

        reader.Reads.ShouldBeGreaterThan(4);
        store.Reads.ShouldBe(reader.Reads);
    }

    [Fact]
    public async Task A_map_that_leaves_bytes_out_is_refused()
    {
        var disk = new byte[3 * Extent.Size];
        var error = await Should.ThrowAsync<MigrateException>(() => SeedAsync(new MappedReader(disk, new Random(1)) { MapSkips = 512 }, new MemoryDisk(disk.Length, new Random(1)), new CopyOptions()));
        error.Code.ShouldBe("source.map-incomplete");
    }

    [Fact]
    public async Task Copies_at_once_share_the_workers_buffers_and_never_need_more_however_slow_the_destination()
    {
        ((long)ExtentPool.Worker.Extents * Extent.Size).ShouldBeLessThanOrEqualTo(256L << 20);
        using var pool = new ExtentPool(12);
        var random = new Random(7);
        await Task.WhenAll(Enumerable.Range(0, 5).Select(async i =>
        {
            var disk = new byte[30 * Extent.Size];
            new Random(i).NextBytes(disk);
            var destination = new MemoryDisk(disk.Length, new Random(i)) { OnWrite = _ => Thread.Sleep(2) };
            var options = new CopyOptions { Pool = pool, DestinationIsZero = true };
            await SeedAsync(new MappedReader(disk, new Random(i)) { ParallelReads = 8, ExtentsPerRead = 4 }, destination, options, $"j{i}");
            destination.Content.AsSpan().SequenceEqual(disk).ShouldBeTrue();
        }));
        pool.AllocatedBytes.ShouldBeLessThanOrEqualTo(12L * Extent.Size);
        var all = await pool.RentAsync(12, Cancel);
        all.ShouldAllBe(b => b.Memory.Length == Extent.Size);
    }

    [Fact]
    public async Task Buffers_begin_at_a_page()
    {
        using var pool = new ExtentPool(3);
        foreach (var buffer in await pool.RentAsync(3, Cancel))
        {
            MemoryMarshal.TryGetArray<byte>(buffer.Memory, out var place).ShouldBeTrue();
            (Marshal.UnsafeAddrOfPinnedArrayElement(place.Array!, place.Offset) % 4096).ShouldBe(0);
        }
    }

    [Fact]
    public async Task A_paused_copy_makes_safe_what_it_has_reads_no_more_and_goes_on_when_it_is_let()
    {
        var disk = new byte[12 * Extent.Size];
        new Random(1).NextBytes(disk);
        var throttle = new CopyThrottles(TimeProvider.System).For();
        var destination = new MemoryDisk(disk.Length, new Random(1)) { OnWrite = n => { if (n == 3) { throttle.Gate.Pause(); } } };
        var options = new CopyOptions { Throttle = throttle, CheckpointInterval = TimeSpan.FromMilliseconds(20), DestinationIsZero = true };
        await using var journal = await CopyJournal.OpenAsync(_folder.File("p"), Disk, disk.Length, Cancel);
        var reader = new MappedReader(disk, new Random(2)) { ParallelReads = 1 };
        var copy = DiskCopy.RunAsync(reader, destination, journal, options with { ExtentsInFlight = 1 }, null, TimeProvider.System, Cancel);

        await Eventually.BecomesTrueAsync(() => journal.DurableBytes >= 3 * Extent.Size && journal.DurableBytes == reader.BytesRead, "what was read is safe");
        var read = reader.BytesRead;
        await Task.Delay(100, Cancel);
        (copy.IsCompleted, reader.BytesRead).ShouldBe((false, read));
        read.ShouldBeLessThan(disk.Length);

        throttle.Gate.Resume();
        (await copy).Bottleneck.ShouldNotBeNull().Stage.ShouldBe(CopyStage.Throttle);
        destination.Content.AsSpan().SequenceEqual(disk).ShouldBeTrue();
    }

    private async Task<string> CopyAsync(byte[] disk, MemoryDisk destination, Random random, List<ChangedArea>? changed, int failAtRead, CancellationToken cancellationToken)
    {
        var reader = new MappedReader(disk, random) { FailAtRead = failAtRead, ParallelReads = random.Next(1, 6), ExtentsPerRead = random.Next(1, 4) };
        var options = new CopyOptions { ExtentsInFlight = random.Next(1, 9), CheckpointBytes = random.Next(1, 6) * Extent.Size, DestinationIsZero = true };
        if (changed is null)
        {
            return (await SeedAsync(reader, destination, options, "seed", cancellationToken)).SourceHash;
        }
        await using var journal = await CopyJournal.OpenAsync(_folder.File("seed"), Disk, disk.Length, Cancel);
        var passOptions = new ChangeCopyOptions { Engine = options, Random = random, SelfTest = new SelfTestOptions { Certainty = 0 } };
        return (await ChangeCopy.RunAsync(reader, destination, journal, PassBasis.Changes, changed.ToAsyncEnumerable(), passOptions, null, TimeProvider.System, cancellationToken)).SourceHash;
    }

    private async Task<CopyResult> SeedAsync(IRangeReader reader, MemoryDisk destination, CopyOptions options, string name = "seed", CancellationToken? cancellationToken = null)
    {
        await using var journal = await CopyJournal.OpenAsync(_folder.File(name), Disk, reader.CapacityBytes, Cancel);
        return await DiskCopy.RunAsync(reader, destination, journal, options, null, TimeProvider.System, cancellationToken ?? Cancel);
    }

    /// <summary>Writes here and there, zeroes among it, and says where.</summary>
    private static List<ChangedArea> Write(byte[] disk, Random random)
    {
        var areas = new List<ChangedArea>();
        for (var i = random.Next(1, 8); i > 0; i--)
        {
            var offset = random.Next(disk.Length / 512) * 512;
            var length = Math.Min(disk.Length - offset, random.Next(1, 3000) * 512);
            if (random.Next(3) == 0)
            {
                disk.AsSpan(offset, length).Clear();
            }
            else
            {
                random.NextBytes(disk.AsSpan(offset, length));
            }
            areas.Add(new ChangedArea(offset, length));
        }
        return areas;
    }

    /// <summary>Grants everything.</summary>
    private sealed class CountingStore : ICapStore
    {
        private int _reads;

        public int Reads => _reads;

        public Task<CapLevels> TakeAsync(ThrottleKey key, long bytes, int reads, ThrottleLimits limits, CancellationToken cancellationToken)
        {
            Interlocked.Add(ref _reads, reads);
            return Task.FromResult(new CapLevels(0, 0));
        }
    }

    /// <summary>Its map tells every granule as it is.</summary>
    private sealed class TruthfulReader(byte[] disk) : IRangeReader
    {
        private int _reads;
        private int _now;
        private int _most;
        private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Reads wait until there are as many at once as there may be: that is waited for and not hoped for.</summary>
        public bool WaitsForAll { get; init; }

        public string Kind => "truthful";

        public long CapacityBytes => disk.Length;

        public bool CanStartAnywhere => true;

        public int ParallelReads { get; init; }

        public int MostAtOnce => _most;

        public int Reads => _reads;

        public async ValueTask ReadRangeAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _reads);
            var now = Interlocked.Increment(ref _now);
            for (var most = _most; now > most && Interlocked.CompareExchange(ref _most, now, most) != most; most = _most)
            {
            }
            if (now >= ParallelReads)
            {
                _all.TrySetResult();
            }
            if (WaitsForAll)
            {
                await _all.Task.WaitAsync(TimeSpan.FromMinutes(5), cancellationToken);
            }
            await Task.Delay(20, cancellationToken); // In which one too many would come.
            disk.AsMemory((int)offset, buffer.Length).CopyTo(buffer);
            Interlocked.Decrement(ref _now);
        }

        public async IAsyncEnumerable<DiskRange> MapAsync(long offset, long length, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            for (var at = offset; at < offset + length; at += 4096)
            {
                yield return new DiskRange(at, 4096, disk.AsSpan((int)at, 4096).IndexOfAnyExcept((byte)0) < 0 ? RangeKind.Hole : RangeKind.Data);
            }
        }

        public IAsyncEnumerable<DiskChunk> ReadAsync(long fromOffset, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
