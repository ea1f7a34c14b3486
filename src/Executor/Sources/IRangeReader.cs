namespace Migrate.Executor.Sources;

/// <summary>A reader whose source gives any range, in any order and several at once: what changed blocks and parallel copies need.</summary>
public interface IRangeReader : IDiskReader
{
    /// <summary>Ranges that the source serves well at once; more of them wait for each other.</summary>
    int ParallelReads { get; }

    /// <summary>Extents that one read does best with, where the source serves a few long reads better than many short ones.</summary>
    int ExtentsPerRead => 1;

    /// <summary>Fills the buffer from the disk's bytes at <paramref name="offset"/>. Many calls may be in flight. Throws when the range leaves the disk.</summary>
    ValueTask ReadRangeAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>As above, into buffers that together are the range, in order.</summary>
    async ValueTask ReadRangeAsync(long offset, IReadOnlyList<Memory<byte>> buffers, CancellationToken cancellationToken)
    {
        foreach (var buffer in buffers)
        {
            await ReadRangeAsync(offset, buffer, cancellationToken);
            offset += buffer.Length;
        }
    }

    /// <summary>
    /// What the source says about [<paramref name="offset"/>, <paramref name="offset"/> + <paramref name="length"/>): ascending, without gaps.
    /// A source that cannot tell says that everything is data; neighbours may be of the same kind.
    /// </summary>
    IAsyncEnumerable<DiskRange> MapAsync(long offset, long length, CancellationToken cancellationToken);
}

public enum RangeKind
{
    /// <summary>May hold anything, zeroes included.</summary>
    Data,

    /// <summary>Reads as zeroes; its place is reserved or it was zeroed on purpose.</summary>
    Zero,

    /// <summary>Reads as zeroes and was never written.</summary>
    Hole,
}

/// <summary>A run of a disk's bytes of one kind.</summary>
public readonly record struct DiskRange(long Offset, long Length, RangeKind Kind)
{
    public long End => Offset + Length;
}
