using System.Buffers;
using System.Security.Cryptography;
using Migrate.Executor.Sources;
using Migrate.Target.Host;

namespace Migrate.Executor.Copy;

/// <summary>Reads a destination back and computes the <see cref="DiskHash"/> of what is really there.</summary>
public static class DiskVerify
{
    private const int ExtentsInFlight = 32;

    public static async Task<string> HashAsync(IDiskWriter destination, IProgress<CopyProgress>? progress, TimeProvider time, CancellationToken cancellationToken)
        => DiskHash.Of(await ReadBackAsync(destination, progress, time, cancellationToken));

    public static Task<string> HashAsync(NvmeDisk destination, IProgress<CopyProgress>? progress, TimeProvider time, CancellationToken cancellationToken)
        => HashAsync(new NvmeDiskWriter(destination), progress, time, cancellationToken);

    /// <summary>
    /// Reads back and gives the offsets (first <paramref name="most"/>) of extents that differ from what the journal says was copied:
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
        var extents = ExtentsOf(journal, options);
        using var meter = new ProgressMeter(extents is null ? journal.CapacityBytes : extents.Sum(i => (long)Extent.LengthOf(i, journal.CapacityBytes)), progress, time);
        meter.StartAt(0);
        var differences = new List<VerifyDifference>();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.ExtentsInFlight, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0L, extents?.Length ?? journal.Hashes.Count, parallel, async (i, ct) =>
        {
            var index = extents?[i] ?? i;
            using var buffer = await options.Pool.RentAsync(ct);
            var extent = buffer.Memory[..Extent.LengthOf(index, journal.CapacityBytes)];
            await destination.ReadAsync(index * Extent.Size, extent, ct);
            Compare(index, extent.Span, DiskSide.Destination);
            if (options.Level == VerifyLevel.Source)
            {
                await source!.ReadRangeAsync(index * Extent.Size, extent, ct);
                Compare(index, extent.Span, DiskSide.Source);
            }
            meter.Add(extent.Length);
        });
        meter.Finish();
        return new VerifyResult(options.Level, journal.Hashes.Count, extents?.Length ?? journal.Hashes.Count,
            [.. differences.OrderBy(d => d.Offset).ThenBy(d => d.Side)], time.GetElapsedTime(started));

        void Compare(long index, ReadOnlySpan<byte> extent, DiskSide side)
        {
            if (!IsAsJournalled(journal, index, extent))
            {
                lock (differences)
                {
                    differences.Add(new VerifyDifference(index * Extent.Size, side));
                }
            }
        }
    }

    /// <summary>An extent of which nothing is known was not copied, so it is as nothing.</summary>
    private static bool IsAsJournalled(CopyJournal journal, long index, ReadOnlySpan<byte> extent)
    {
        if (!journal.Hashes.IsKnown(index))
        {
            return false;
        }
        if (journal.Hashes.IsZero(index))
        {
            return NonZeroRuns.IsZero(extent);
        }
        Span<byte> want = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> have = stackalloc byte[SHA256.HashSizeInBytes];
        journal.Hashes.CopyHash(index, want);
        SHA256.HashData(extent, have);
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
        using var meter = new ProgressMeter(capacity, progress, time);
        meter.StartAt(0);
        var pool = ExtentPool.Worker;
        await Parallel.ForAsync(0L, hashes.Count, new ParallelOptions { MaxDegreeOfParallelism = ExtentsInFlight, CancellationToken = cancellationToken }, async (index, ct) =>
        {
            using IMemoryOwner<byte> buffer = await pool.RentAsync(ct);
            var extent = buffer.Memory[..Extent.LengthOf(index, capacity)];
            await destination.ReadAsync(index * Extent.Size, extent, ct);
            var hash = NonZeroRuns.IsZero(extent.Span) ? null : SHA256.HashData(extent.Span);
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
}
