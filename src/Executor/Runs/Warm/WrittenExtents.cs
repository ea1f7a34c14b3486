using System.Buffers;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Migrate.Executor.Copy;
using Migrate.Target.Host;

namespace Migrate.Executor.Runs.Warm;

/// <summary>A destination that remembers which of its extents were touched, so that only these need to be read back.</summary>
internal sealed class WrittenExtents(IDiskWriter disk) : IDiskWriter
{
    private const int InFlight = 8;
    private readonly ExtentSet _written = new(disk.CapacityBytes);

    public long CapacityBytes => disk.CapacityBytes;

    public int BlockSize => disk.BlockSize;

    public LinkTimes? Link => disk.Link;

    public ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) => disk.ReadAsync(offset, buffer, cancellationToken);

    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        Remember(offset, data.Length);
        return disk.WriteAsync(offset, data, cancellationToken);
    }

    public ValueTask WriteZeroesAsync(long offset, long length, CancellationToken cancellationToken)
    {
        Remember(offset, length);
        return disk.WriteZeroesAsync(offset, length, cancellationToken);
    }

    public ValueTask FlushAsync(CancellationToken cancellationToken) => disk.FlushAsync(cancellationToken);

    /// <summary>Reads the extents back and gives the offsets, ascending, of those that are not what the journal says.</summary>
    public async Task<IReadOnlyList<long>> FindDifferencesAsync(IDiskWriter destination, CopyJournal journal, CancellationToken cancellationToken)
    {
        var different = new ConcurrentBag<long>();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = InFlight, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(_written.All(), parallel, async (index, ct) =>
        {
            using var buffer = MemoryPool<byte>.Shared.Rent(Extent.Size);
            var extent = buffer.Memory[..Extent.LengthOf(index, journal.CapacityBytes)];
            await destination.ReadAsync(index * Extent.Size, extent, ct);
            if (!IsAsJournalled(journal, index, extent.Span))
            {
                different.Add(index * Extent.Size);
            }
        });
        return [.. different.Order()];
    }

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

        Span<byte> journalled = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> now = stackalloc byte[SHA256.HashSizeInBytes];
        journal.Hashes.CopyHash(index, journalled);
        SHA256.HashData(extent, now);
        return now.SequenceEqual(journalled);
    }

    private void Remember(long offset, long length)
    {
        lock (_written)
        {
            for (var index = offset / Extent.Size; index * Extent.Size < offset + length; index++)
            {
                _written.Add(index);
            }
        }
    }
}
