using Migrate.Planner.Plans;
using System.Buffers;
using System.Security.Cryptography;
using Migrate.Executor.Sources;
using Migrate.Target.Host;

namespace Migrate.Executor.Copy;

/// <summary>
/// Reads a destination back and computes the <see cref="DiskHash"/> of what is really there. What a thin one says that it keeps nothing of is not
/// read: such a hole is all that there is of it in storage, and reads as zeroes. So a disk that is hardly used costs no more than what it holds.
/// </summary>
public static class DiskVerify
{
    private const int ExtentsInFlight = 32;

    public static async Task<string> HashAsync(IDiskWriter destination, IProgress<CopyProgress>? progress, TimeProvider time, CancellationToken cancellationToken)
        => DiskHash.Of(await ReadBackAsync(destination, progress, time, cancellationToken));

    public static Task<string> HashAsync(NvmeDisk destination, IProgress<CopyProgress>? progress, TimeProvider time, CancellationToken cancellationToken)
        => HashAsync(new NvmeDiskWriter(destination), progress, time, cancellationToken);

    /// <summary>
    /// Reads back and gives the offsets (first <paramref name="most"/>, at most 100) of extents that differ from what the journal says was copied:
    /// where to look when the hashes differ.
    /// </summary>
    public static async Task<IReadOnlyList<long>> FindDifferencesAsync(IDiskWriter destination, CopyJournal journal, int most, IProgress<CopyProgress>? progress,
        TimeProvider time, CancellationToken cancellationToken)
    {
        var found = await RunAsync(destination, journal, null, new VerifyOptions(), progress, time, cancellationToken);
        return [.. found.Differences.Select(d => d.Offset).Take(most)];
    }

    /// <summary>Compares the destination, and the source where the level wants it, with what the journal says was copied; many reads at once.</summary>
    /// <param name="destination">The copy.</param>
    /// <param name="journal">Of this destination.</param>
    /// <param name="source">Only for <see cref="VerifyLevel.Source"/>.</param>
    /// <param name="options">Level and limits.</param>
    /// <param name="progress">In bytes of the disk, or of the sample.</param>
    /// <param name="time">For rates.</param>
    /// <param name="cancellationToken">Ends it without a result.</param>
    public static async Task<VerifyResult> RunAsync(IDiskWriter destination, CopyJournal journal, IRangeReader? source, VerifyOptions options, IProgress<CopyProgress>? progress,
        TimeProvider time, CancellationToken cancellationToken)
    {
        if (options.Level == VerifyLevel.Source)
        {
            ArgumentNullException.ThrowIfNull(source);
            DiskCopy.Check(source, destination, journal);
        }
        var started = time.GetTimestamp();
        var kept = await KeptAsync(destination, cancellationToken);
        var extents = ExtentsOf(journal, options);
        var compared = extents?.LongLength ?? options.Only?.Count ?? journal.Hashes.Count;
        var all = extents ?? options.Only?.All() ?? Extents(journal.Hashes.Count);
        using var meter = new ProgressMeter(Math.Min(compared * Extent.Size, journal.CapacityBytes), progress, time);
        meter.StartAt(0);
        var differences = new Differences();
        long read = 0;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.ExtentsInFlight, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(ToRead(), parallel, async (index, ct) =>
        {
            using var buffer = await options.Pool.RentAsync(ct);
            var extent = buffer.Memory[..Extent.LengthOf(index, journal.CapacityBytes)];
            if (kept.Contains(index))
            {
                await destination.ReadAsync(index * Extent.Size, extent, ct);
                Interlocked.Increment(ref read);
                await CompareAsync(index, extent, DiskSide.Destination);
            }
            if (options.Level == VerifyLevel.Source)
            {
                await HeldBackAsync(options.Throttle.TakeAsync(extent.Length, ct), meter);
                await source!.ReadRangeAsync(index * Extent.Size, extent, ct);
                await CompareAsync(index, extent, DiskSide.Source);
            }
            meter.Add(extent.Length);
        });
        meter.Finish();
        return new VerifyResult(options.Level, journal.Hashes.Count, compared, read, differences.Count, differences.First, time.GetElapsedTime(started));

        // What the destination keeps nothing of is zero without reading it.
        IEnumerable<long> ToRead()
        {
            foreach (var index in all)
            {
                var isKept = kept.Contains(index);
                if (!isKept && !(journal.Hashes.IsKnown(index) && journal.Hashes.IsZero(index)))
                {
                    differences.Add(index * Extent.Size, DiskSide.Destination);
                }
                if (isKept || options.Level == VerifyLevel.Source)
                {
                    yield return index;
                }
                else
                {
                    meter.Add(Extent.LengthOf(index, journal.CapacityBytes));
                }
            }
        }

        async ValueTask CompareAsync(long index, ReadOnlyMemory<byte> extent, DiskSide side)
        {
            if (!await IsAsJournalledAsync(journal, index, extent))
            {
                differences.Add(index * Extent.Size, side);
            }
        }
    }

    private static async ValueTask HeldBackAsync(ValueTask permitted, ProgressMeter meter)
    {
        meter.HoldBack(begins: true);
        try
        {
            await permitted;
        }
        finally
        {
            meter.HoldBack(begins: false);
        }
    }

    /// <summary>An extent of which nothing is known was not copied, so it is as nothing.</summary>
    private static async ValueTask<bool> IsAsJournalledAsync(CopyJournal journal, long index, ReadOnlyMemory<byte> extent)
    {
        if (!journal.Hashes.IsKnown(index))
        {
            return false;
        }
        if (journal.Hashes.IsZero(index))
        {
            return NonZeroRuns.IsZero(extent.Span);
        }
        var have = await ExtentHasher.Worker.HashAsync(extent);
        Span<byte> want = stackalloc byte[SHA256.HashSizeInBytes];
        journal.Hashes.CopyHash(index, want);
        return want.SequenceEqual(have);
    }

    /// <summary>Null for all of them.</summary>
    private static long[]? ExtentsOf(CopyJournal journal, VerifyOptions options)
    {
        if (options.Level != VerifyLevel.Sample)
        {
            return null;
        }
        var none = new ExtentSet(journal.CapacityBytes);
        var (_, data) = SelfTestSample.Draw(none, i => !journal.Hashes.IsZero(i), options.Sample.SampleSize, options.Random);
        var (_, zeroes) = SelfTestSample.Draw(none, journal.Hashes.IsZero, options.Sample.SampleSize, options.Random);
        return [.. data, .. zeroes];
    }

    private static async Task<ExtentHashes> ReadBackAsync(IDiskWriter destination, IProgress<CopyProgress>? progress, TimeProvider time, CancellationToken cancellationToken)
    {
        var capacity = destination.CapacityBytes;
        var hashes = new ExtentHashes(capacity);
        var kept = await KeptAsync(destination, cancellationToken);
        using var meter = new ProgressMeter(capacity, progress, time);
        meter.StartAt(0);
        for (var index = 0L; index < hashes.Count; index++)
        {
            if (!kept.Contains(index))
            {
                hashes.SetZero(index, 1);
                meter.Add(Extent.LengthOf(index, capacity));
            }
        }
        var pool = ExtentPool.Worker;
        await Parallel.ForEachAsync(kept.All(), new ParallelOptions { MaxDegreeOfParallelism = ExtentsInFlight, CancellationToken = cancellationToken }, async (index, ct) =>
        {
            using IMemoryOwner<byte> buffer = await pool.RentAsync(ct);
            var extent = buffer.Memory[..Extent.LengthOf(index, capacity)];
            await destination.ReadAsync(index * Extent.Size, extent, ct);
            var hash = NonZeroRuns.IsZero(extent.Span) ? null : await ExtentHasher.Worker.HashAsync(extent);
            lock (hashes)
            {
                if (hash is null)
                {
                    hashes.SetZero(index, 1);
                }
                else
                {
                    hashes.SetData(index, hash);
                }
            }
            meter.Add(extent.Length);
        });
        meter.Finish();
        return hashes;
    }

    /// <summary>The extents of which the destination keeps anything.</summary>
    private static async Task<ExtentSet> KeptAsync(IDiskWriter destination, CancellationToken cancellationToken)
    {
        var kept = new ExtentSet(destination.CapacityBytes);
        await foreach (var range in destination.MapAsync(cancellationToken))
        {
            for (var index = range.Offset / Extent.Size; range.Kind != RangeKind.Hole && index * Extent.Size < range.End; index++)
            {
                kept.Add(index);
            }
        }
        return kept;
    }

    private static IEnumerable<long> Extents(long count)
    {
        for (var index = 0L; index < count; index++)
        {
            yield return index;
        }
    }
}
