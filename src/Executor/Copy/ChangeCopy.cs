using System.Buffers;
using System.Security.Cryptography;
using Migrate.Executor.Sources;
using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.Executor.Copy;

/// <summary>
/// Copies one pass of a disk: what its basis names, and nothing that the journal's hashes say is there already. Before that it reads a random
/// sample of what the source calls unchanged; one difference, and the whole disk is compared instead.
/// </summary>
/// <remarks>
/// The journal stays true over a crash at any moment: what is about to be overwritten is first struck out of it, durably, then written,
/// flushed and journalled with its new hash. A pass that broke off is made again from the same change ids; what was struck out is read anew.
/// </remarks>
public sealed class ChangeCopy
{
    /// <summary>Extents between two checkpoints, and so the memory of a pass: 32 MiB.</summary>
    private const int BatchExtents = 32;
    private const long ZeroesPerCommand = 1L << 30;

    private readonly IRangeReader _source;
    private readonly IDiskWriter _destination;
    private readonly CopyJournal _journal;
    private readonly ChangeCopyOptions _options;
    private readonly ProgressMeter _meter;
    private readonly bool _zeroesAreThere;
    private long _bytesRead;
    private long _bytesWritten;

    private ChangeCopy(IRangeReader source, IDiskWriter destination, CopyJournal journal, ChangeCopyOptions options, ProgressMeter meter)
    {
        (_source, _destination, _journal, _options, _meter) = (source, destination, journal, options, meter);
        _zeroesAreThere = options.DestinationIsZero && journal.TakeFreshness();
    }

    /// <param name="source">The disk, frozen for the pass.</param>
    /// <param name="destination">Where the passes before went.</param>
    /// <param name="journal">Of this destination; complete after every pass that came to its end.</param>
    /// <param name="basis">As the tracker's pass decided.</param>
    /// <param name="areas">What it names; not asked for when everything is read.</param>
    /// <param name="options">Self-test and state of the destination.</param>
    /// <param name="progress">In bytes of the disk that are settled.</param>
    /// <param name="time">For rates.</param>
    /// <param name="cancellationToken">What is journalled then is kept.</param>
    public static async Task<ChangeCopyResult> RunAsync(IRangeReader source, IDiskWriter destination, CopyJournal journal, PassBasis basis, IAsyncEnumerable<ChangedArea> areas,
        ChangeCopyOptions options, IProgress<CopyProgress>? progress, TimeProvider time, CancellationToken cancellationToken)
    {
        DiskCopy.Check(source, destination, journal);
        var started = time.GetTimestamp();
        var meter = new ProgressMeter(journal.CapacityBytes, progress, time);
        var copy = new ChangeCopy(source, destination, journal, options, meter);
        var wanted = await copy.WantedAsync(basis, areas, cancellationToken);
        var named = wanted.Count;
        SelfTestResult? test = null;
        if (basis != PassBasis.Everything && options.SelfTest.SampleSize > 0)
        {
            test = await copy.TestAsync(wanted, cancellationToken);
            if (!test.Passed)
            {
                wanted.AddAll();
            }
        }
        meter.StartAt(Math.Max(0, journal.CapacityBytes - (wanted.Count * Extent.Size)));
        await copy.SettleZeroesAsync(wanted, cancellationToken);
        foreach (var batch in wanted.All().Chunk(BatchExtents))
        {
            await copy.CopyAsync(batch, cancellationToken);
        }
        meter.Finish();
        return new ChangeCopyResult(DiskHash.Of(journal.Hashes), named, copy._bytesRead, copy._bytesWritten, test, time.GetElapsedTime(started));
    }

    /// <summary>The extents to read: those that the basis names, and those of which the journal does not know what the destination has.</summary>
    private async Task<ExtentSet> WantedAsync(PassBasis basis, IAsyncEnumerable<ChangedArea> areas, CancellationToken cancellationToken)
    {
        var wanted = basis == PassBasis.Everything ? new ExtentSet(_journal.CapacityBytes) : await ExtentSet.OfAsync(areas, _journal.CapacityBytes, cancellationToken);
        if (basis == PassBasis.Everything)
        {
            wanted.AddAll();
            return wanted;
        }
        for (var index = 0L; index < wanted.Extents; index++)
        {
            // Used areas name all that is not zero: what nobody knows is zero then, and what an attempt that was given up copied is read again.
            var known = _journal.Hashes.IsKnown(index);
            if (basis == PassBasis.Changes ? !known : known && !_journal.Hashes.IsZero(index))
            {
                wanted.Add(index);
            }
        }
        return wanted;
    }

    private async Task<SelfTestResult> TestAsync(ExtentSet wanted, CancellationToken cancellationToken)
    {
        var size = _options.SelfTest.SampleSize;
        var (data, ofData) = SelfTestSample.Draw(wanted, HoldsData, size, _options.Random);
        var (zeroes, ofZeroes) = SelfTestSample.Draw(wanted, index => !HoldsData(index), size, _options.Random);
        var wrong = new List<long>();
        await ForEachAsync([.. ofData, .. ofZeroes], async (index, extent, ct) =>
        {
            await ReadAsync(index, extent, ct);
            if (!IsAsJournalled(index, extent.Span, unknownIsZero: true))
            {
                lock (wrong)
                {
                    wrong.Add(index * Extent.Size);
                }
            }
        }, cancellationToken);
        wrong.Sort();
        return new SelfTestResult(data, zeroes, wrong);

        bool HoldsData(long index) => _journal.Hashes.IsKnown(index) && !_journal.Hashes.IsZero(index);
    }

    /// <summary>What is neither wanted nor known is zero at the source, and becomes so at the destination.</summary>
    private async Task SettleZeroesAsync(ExtentSet wanted, CancellationToken cancellationToken)
    {
        var records = new List<JournalRecord>();
        for (var index = 0L; index < wanted.Extents; index++)
        {
            var first = index;
            while (index < wanted.Extents && index - first < ZeroesPerCommand / Extent.Size && !wanted.Contains(index) && !_journal.Hashes.IsKnown(index))
            {
                index++;
            }
            if (index == first)
            {
                continue;
            }
            if (!_zeroesAreThere)
            {
                await _destination.WriteZeroesAsync(first * Extent.Size, Math.Min(index * Extent.Size, _journal.CapacityBytes) - (first * Extent.Size), cancellationToken);
            }
            records.Add(new JournalRecord(first, (uint)(index - first), default));
            index--;
        }
        if (!_zeroesAreThere && records.Count > 0)
        {
            await _destination.FlushAsync(cancellationToken);
        }
        await _journal.AppendAsync(records, cancellationToken);
    }

    private async Task CopyAsync(long[] batch, CancellationToken cancellationToken)
    {
        var buffers = new byte[batch.Length][];
        var records = new JournalRecord?[batch.Length];
        try
        {
            await Parallel.ForAsync(0, batch.Length, Parallelism(cancellationToken), async (i, ct) =>
            {
                buffers[i] = ArrayPool<byte>.Shared.Rent(Extent.Size);
                var extent = buffers[i].AsMemory(0, Extent.LengthOf(batch[i], _journal.CapacityBytes));
                await ReadAsync(batch[i], extent, ct);
                if (!IsAsJournalled(batch[i], extent.Span, unknownIsZero: false))
                {
                    records[i] = new JournalRecord(batch[i], 1, NonZeroRuns.IsZero(extent.Span) ? default : SHA256.HashData(extent.Span));
                }
            });
            var differing = records.OfType<JournalRecord>().ToList();
            await _journal.AppendAsync([.. differing.Where(r => _journal.Hashes.IsKnown(r.First)).Select(r => JournalRecord.Forgotten(r.First))], cancellationToken);
            await Parallel.ForAsync(0, batch.Length, Parallelism(cancellationToken), async (i, ct) =>
            {
                if (records[i] is not null)
                {
                    await WriteAsync(batch[i] * Extent.Size, buffers[i].AsMemory(0, Extent.LengthOf(batch[i], _journal.CapacityBytes)), ct);
                }
            });
            if (differing.Count > 0)
            {
                await _destination.FlushAsync(cancellationToken);
                await _journal.AppendAsync(differing, cancellationToken);
            }
            _meter.Add(batch.Sum(index => (long)Extent.LengthOf(index, _journal.CapacityBytes)));
        }
        finally
        {
            foreach (var buffer in buffers.OfType<byte[]>())
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private async ValueTask WriteAsync(long offset, Memory<byte> extent, CancellationToken cancellationToken)
    {
        var at = 0;
        foreach (var run in NonZeroRuns.In(extent.Span))
        {
            await ZeroAsync(at, run.Start.Value);
            await _destination.WriteAsync(offset + run.Start.Value, extent[run], cancellationToken);
            Interlocked.Add(ref _bytesWritten, run.End.Value - run.Start.Value);
            at = run.End.Value;
        }
        await ZeroAsync(at, extent.Length);

        ValueTask ZeroAsync(int from, int to) =>
            to > from && !_zeroesAreThere ? _destination.WriteZeroesAsync(offset + from, to - from, cancellationToken) : ValueTask.CompletedTask;
    }

    private async ValueTask ReadAsync(long index, Memory<byte> extent, CancellationToken cancellationToken)
    {
        await _source.ReadRangeAsync(index * Extent.Size, extent, cancellationToken);
        Interlocked.Add(ref _bytesRead, extent.Length);
    }

    private bool IsAsJournalled(long index, ReadOnlySpan<byte> extent, bool unknownIsZero)
    {
        if (!_journal.Hashes.IsKnown(index))
        {
            return unknownIsZero && NonZeroRuns.IsZero(extent);
        }
        if (_journal.Hashes.IsZero(index))
        {
            return NonZeroRuns.IsZero(extent);
        }
        Span<byte> journalled = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> now = stackalloc byte[SHA256.HashSizeInBytes];
        _journal.Hashes.CopyHash(index, journalled);
        SHA256.HashData(extent, now);
        return now.SequenceEqual(journalled);
    }

    private Task ForEachAsync(long[] extents, Func<long, Memory<byte>, CancellationToken, ValueTask> work, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(extents, Parallelism(cancellationToken), async (index, ct) =>
        {
            using var buffer = MemoryPool<byte>.Shared.Rent(Extent.Size);
            await work(index, buffer.Memory[..Extent.LengthOf(index, _journal.CapacityBytes)], ct);
        });

    private ParallelOptions Parallelism(CancellationToken cancellationToken) =>
        new() { MaxDegreeOfParallelism = Math.Clamp(_source.ParallelReads, 1, BatchExtents), CancellationToken = cancellationToken };
}

public sealed record ChangeCopyOptions
{
    public SelfTestOptions SelfTest { get; init; } = new();

    /// <summary>As in <see cref="CopyOptions.DestinationIsZero"/>.</summary>
    public bool DestinationIsZero { get; init; }

    /// <summary>Draws the samples; tests give it a seed.</summary>
    public Random Random { get; init; } = Random.Shared;
}

/// <summary>What a pass did to a disk.</summary>
/// <param name="SourceHash">Copy.DiskHash of the whole disk as it was frozen, lower-case hex.</param>
/// <param name="NamedExtents">Extents that the source named, or that were not known at the destination.</param>
/// <param name="BytesRead">Read from the source, the self-test's included.</param>
/// <param name="BytesWritten">Data sent to the destination.</param>
/// <param name="SelfTest">Null when everything was read anyway.</param>
/// <param name="Elapsed">Time taken.</param>
public sealed record ChangeCopyResult(string SourceHash, long NamedExtents, long BytesRead, long BytesWritten, SelfTestResult? SelfTest, TimeSpan Elapsed);
