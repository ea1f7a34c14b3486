using System.Buffers;
using System.Security.Cryptography;
using Migrate.Target.Host;

namespace Migrate.Executor.Copy;

/// <summary>Reads a destination back and computes the <see cref="DiskHash"/> of what is really there.</summary>
public static class DiskVerify
{
    private const int ExtentsInFlight = 16;

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
        var found = await ReadBackAsync(destination, progress, time, cancellationToken);
        var differences = new List<long>();
        var (want, have) = (new byte[SHA256.HashSizeInBytes], new byte[SHA256.HashSizeInBytes]);
        for (var index = 0L; index < found.Count && differences.Count < most; index++)
        {
            found.CopyHash(index, have);
            if (journal.Hashes.IsKnown(index))
            {
                journal.Hashes.CopyHash(index, want);
            }
            if (!journal.Hashes.IsKnown(index) || !want.AsSpan().SequenceEqual(have))
            {
                differences.Add(index * Extent.Size);
            }
        }
        return differences;
    }

    private static async Task<ExtentHashes> ReadBackAsync(IDiskWriter destination, IProgress<CopyProgress>? progress, TimeProvider time, CancellationToken cancellationToken)
    {
        var capacity = destination.CapacityBytes;
        var hashes = new ExtentHashes(capacity);
        using var meter = new ProgressMeter(capacity, progress, time);
        meter.StartAt(0);
        using var pool = new ExtentPool(ExtentsInFlight);
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
