using System.Runtime.CompilerServices;
using Migrate.Executor.Copy;
using Migrate.Executor.Copy.Throttle;
using Migrate.Executor.Sources;
using Migrate.Planner;
using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.Executor.Tests.Copy;

public sealed class ChangeCopyTests : IDisposable
{
    private const int Capacity = (4 * Extent.Size) + 1536;
    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _source = new byte[Capacity];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(6), InlineData(7), InlineData(8)]
    public async Task What_broke_off_half_written_is_written_again_though_the_guest_has_put_the_old_bytes_back(int seed)
    {
        var random = new Random(seed);
        random.NextBytes(_source);
        var destination = new MemoryDisk(Capacity, random);
        await CopyAsync(destination, PassBasis.Everything);
        var old = _source.ToArray();
        random.NextBytes(_source.AsSpan(Extent.Size, 2 * Extent.Size));
        destination.FailFlush = true;
        await Should.ThrowAsync<IOException>(() => CopyAsync(destination, PassBasis.Changes, new ChangedArea(Extent.Size, 2 * Extent.Size)));

        old.CopyTo(_source, 0);
        destination = destination.Crash();
        var result = await CopyAsync(destination, PassBasis.Changes, new ChangedArea(Extent.Size, 2 * Extent.Size));

        destination.Content.AsSpan().SequenceEqual(_source).ShouldBeTrue();
        result.SourceHash.ShouldBe(await SampleDisk.HashAsync(_source));
    }

    [Fact]
    public async Task Only_what_differs_is_written_and_only_what_is_named_or_sampled_is_read()
    {
        var random = new Random(3);
        random.NextBytes(_source);
        var destination = new MemoryDisk(Capacity, random);
        await CopyAsync(destination, PassBasis.Everything);
        var before = destination.BytesWritten;
        _source[(2 * Extent.Size) + 5]++;

        var result = await CopyAsync(destination, PassBasis.Changes, null, [new ChangedArea(Extent.Size, 65536), new ChangedArea(2 * Extent.Size, 65536)]);
        (result.NamedExtents, result.BytesRead, result.SelfTest).ShouldBe((2, 2 * Extent.Size, null));
        (destination.BytesWritten - before).ShouldBe(Extent.Size);
        destination.Content.AsSpan().SequenceEqual(_source).ShouldBeTrue();

        var tested = await CopyAsync(destination, PassBasis.Changes);
        tested.SelfTest.ShouldNotBeNull().ShouldSatisfyAllConditions(t => t.Passed.ShouldBeTrue(), t => t.Data.ShouldBe(new SelfTestSample(5, 5)));
        tested.BytesRead.ShouldBe(Capacity);
    }

    [Fact]
    public async Task One_wrong_extent_makes_the_pass_compare_the_whole_disk_and_names_where_it_was()
    {
        var random = new Random(3);
        random.NextBytes(_source);
        var destination = new MemoryDisk(Capacity, random);
        await CopyAsync(destination, PassBasis.Everything);
        _source[Capacity - 1]++;

        var result = await CopyAsync(destination, PassBasis.Changes);

        result.SelfTest.ShouldNotBeNull().WrongOffsets.ShouldBe([4L * Extent.Size]);
        destination.Content.AsSpan().SequenceEqual(_source).ShouldBeTrue();
    }

    [Fact]
    public async Task Data_and_zeroes_are_sampled_each_for_itself_so_that_a_disk_hardly_used_is_tested_where_it_is_used()
    {
        new Random(9).NextBytes(_source.AsSpan(2 * Extent.Size, 100));
        var destination = new MemoryDisk(Capacity, new Random(9));
        await CopyAsync(destination, PassBasis.Everything);
        _source[(2 * Extent.Size) + 7]++;

        // One extent of each kind: the only one with data is always among them.
        var result = await CopyAsync(destination, PassBasis.Changes, new SelfTestOptions { ShareToFind = 0.9, Certainty = 0.5 }, []);

        result.SelfTest.ShouldNotBeNull().Data.ShouldBe(new SelfTestSample(1, 1));
        result.SelfTest.Zeroes.ShouldBe(new SelfTestSample(4, 1));
        result.SelfTest.WrongOffsets.ShouldBe([2L * Extent.Size]);
    }

    [Fact]
    public async Task Used_areas_leave_zeroes_elsewhere_also_where_an_attempt_that_was_given_up_copied_data()
    {
        var random = new Random(5);
        random.NextBytes(_source.AsSpan(0, 3 * Extent.Size));
        var destination = new MemoryDisk(Capacity, random);
        destination.FailAtWrite = 2;
        await Should.ThrowAsync<IOException>(() => CopyAsync(destination, PassBasis.UsedAreas, new ChangedArea(0, 3 * Extent.Size)));
        destination = destination.Crash();
        await CopyAsync(destination, PassBasis.UsedAreas, null, [new ChangedArea(0, 3 * Extent.Size)]);
        _source.AsSpan(0, 2 * Extent.Size).Clear();

        var result = await CopyAsync(destination, PassBasis.UsedAreas, new ChangedArea(2 * Extent.Size, Extent.Size));

        destination.Content.AsSpan().SequenceEqual(_source).ShouldBeTrue();
        result.SourceHash.ShouldBe(await SampleDisk.HashAsync(_source));
    }

    [Fact]
    public async Task Used_areas_that_leave_data_out_are_found_out_by_the_sample()
    {
        new Random(6).NextBytes(_source);
        var destination = new MemoryDisk(Capacity, new Random(6));
        var result = await CopyAsync(destination, PassBasis.UsedAreas, new ChangedArea(0, 3 * Extent.Size));
        result.SelfTest.ShouldNotBeNull().WrongOffsets.ShouldBe([3L * Extent.Size, 4L * Extent.Size]);
        destination.Content.AsSpan().SequenceEqual(_source).ShouldBeTrue();
    }

    [Fact]
    public async Task What_the_self_test_reads_counts_for_the_limits()
    {
        var destination = new MemoryDisk(Capacity, new Random(1));
        await CopyAsync(destination, PassBasis.Everything);
        await using var journal = await CopyJournal.OpenAsync(_folder.File("j"), Guid.Empty, Capacity, Cancel);
        var throttle = CopyThrottle.None;
        throttle.Gate.Pause();
        var reader = new ArrayReader(_source);
        var options = new ChangeCopyOptions { Random = new Random(1), Engine = new CopyOptions { Throttle = throttle } };

        var pass = ChangeCopy.RunAsync(reader, destination, journal, PassBasis.Changes, AsyncEnumerable.Empty<ChangedArea>(), options, null, TimeProvider.System, Cancel);
        await Task.Delay(TimeSpan.FromMilliseconds(300), Cancel);
        (reader.Reads, pass.IsCompleted).ShouldBe((0, false));

        throttle.Gate.Resume();
        (await pass).SelfTest.ShouldNotBeNull().Passed.ShouldBeTrue();
        reader.Reads.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_source_of_another_size_is_refused()
    {
        await using var journal = await CopyJournal.OpenAsync(_folder.File("j"), Guid.Empty, Capacity + 512, Cancel);
        var refused = await Should.ThrowAsync<MigrateException>(() => ChangeCopy.RunAsync(new ArrayReader(_source), new MemoryDisk(Capacity + 512, new Random(1)), journal, PassBasis.Everything,
            AsyncEnumerable.Empty<ChangedArea>(), new(), null, TimeProvider.System, Cancel));
        refused.Code.ShouldBe("source.size-changed");
    }

    private Task<ChangeCopyResult> CopyAsync(MemoryDisk destination, PassBasis basis, params ChangedArea[] areas) => CopyAsync(destination, basis, new SelfTestOptions(), areas);

    private async Task<ChangeCopyResult> CopyAsync(MemoryDisk destination, PassBasis basis, SelfTestOptions? selfTest, ChangedArea[] areas)
    {
        await using var journal = await CopyJournal.OpenAsync(_folder.File("j"), Guid.Empty, Capacity, Cancel);
        var options = new ChangeCopyOptions { SelfTest = selfTest ?? new SelfTestOptions { Certainty = 0 }, Random = new Random(1) };
        var result = await ChangeCopy.RunAsync(new ArrayReader(_source), destination, journal, basis, areas.ToAsyncEnumerable(), options, null, TimeProvider.System, Cancel);
        journal.IsComplete.ShouldBeTrue();
        return result;
    }

    private sealed class ArrayReader(byte[] content) : IRangeReader
    {
        public string Kind => "test";

        public long CapacityBytes => content.Length;

        public bool CanStartAnywhere => true;

        public int ParallelReads => 3;

        public int Reads;

        public async ValueTask ReadRangeAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref Reads);
            await Task.Yield();
            content.AsMemory((int)offset, buffer.Length).CopyTo(buffer);
        }

        public async IAsyncEnumerable<DiskRange> MapAsync(long offset, long length, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            yield return new DiskRange(offset, length, RangeKind.Data);
        }

        public IAsyncEnumerable<DiskChunk> ReadAsync(long fromOffset, CancellationToken cancellationToken) => throw new NotSupportedException("Passes read ranges.");

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
