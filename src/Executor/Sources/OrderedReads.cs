using System.Buffers;
using System.Runtime.CompilerServices;
using Migrate.Executor.Copy;

namespace Migrate.Executor.Sources;

/// <summary>
/// The ascending bytes of a source that gives ranges: whole extents are read ahead, those that the map knows to be zero are not read at all.
/// Memory is bounded by the pool.
/// </summary>
internal static class OrderedReads
{
    /// <summary>What the receiver may hold while the reads ahead still have their own buffers.</summary>
    private const int ReceiversExtents = 16;

    /// <summary>A pool that a reader with this many parallel reads needs.</summary>
    public static ExtentPool PoolFor(int parallelReads) => new(parallelReads + ReceiversExtents);

    public static async IAsyncEnumerable<DiskChunk> ReadAsync(IRangeReader reader, ExtentPool pool, long fromOffset, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ahead = new Queue<Task<DiskChunk>>();
        try
        {
            await foreach (var (offset, length, isZero) in ExtentsAsync(reader, fromOffset, stop.Token))
            {
                // Buffers are rented in order, before the read begins: a later read can never starve the one that is due.
                ahead.Enqueue(isZero
                    ? Task.FromResult(new DiskChunk(offset, length, null))
                    : ReadOneAsync(reader, offset, (int)length, await pool.RentAsync(stop.Token), stop.Token));
                if (ahead.Count >= reader.ParallelReads)
                {
                    yield return await ahead.Dequeue();
                }
            }
            while (ahead.TryDequeue(out var due))
            {
                yield return await due;
            }
        }
        finally
        {
            await stop.CancelAsync();
            foreach (var task in ahead)
            {
                await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (task.IsCompletedSuccessfully)
                {
                    (await task).Dispose();
                }
            }
        }
    }

    /// <summary>The extents to read, one by one, and between them the runs of extents that are zero as a whole.</summary>
    private static async IAsyncEnumerable<(long Offset, long Length, bool IsZero)> ExtentsAsync(IRangeReader reader, long from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var capacity = reader.CapacityBytes;
        var decided = from;
        await foreach (var range in reader.MapAsync(from, capacity - from, cancellationToken))
        {
            if (range.Kind != RangeKind.Data)
            {
                continue;
            }
            var first = Math.Max(decided, range.Offset / Extent.Size * Extent.Size);
            if (first > decided)
            {
                yield return (decided, first - decided, true);
            }
            for (decided = first; decided < range.End;)
            {
                var length = Extent.LengthOf(decided / Extent.Size, capacity);
                yield return (decided, length, false);
                decided += length;
            }
        }
        if (decided < capacity)
        {
            yield return (decided, capacity - decided, true);
        }
    }

    private static async Task<DiskChunk> ReadOneAsync(IRangeReader reader, long offset, int length, IMemoryOwner<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            await reader.ReadRangeAsync(offset, buffer.Memory[..length], cancellationToken);
            return new DiskChunk(offset, length, buffer);
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }
}
