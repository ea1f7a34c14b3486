using System.Buffers;

namespace Migrate.Executor.Sources;

/// <summary>
/// Gives a source disk's bytes in ascending order, without gaps from the offset asked for to the capacity. What a reader
/// knows to be zero comes as a zero chunk without memory, of any length.
/// </summary>
public interface IDiskReader : IAsyncDisposable
{
    /// <summary>https-folder | export-lease | nbd | raw-file | local-vmdk …, as stored with the run.</summary>
    string Kind { get; }

    /// <summary>What the source says the disk's size is now; the caller compares it with the plan's.</summary>
    long CapacityBytes { get; }

    /// <summary>False when the source can only send the whole disk from the start (an export lease).</summary>
    bool CanStartAnywhere { get; }

    /// <summary>
    /// Chunks from <paramref name="fromOffset"/> (a multiple of <see cref="Copy.Extent.Size"/>) to the end. The receiver owns and
    /// disposes each chunk. Data chunks are at most one extent long and never cross an extent's boundary.
    /// </summary>
    IAsyncEnumerable<DiskChunk> ReadAsync(long fromOffset, CancellationToken cancellationToken);
}

/// <summary>A run of bytes; <see cref="Memory"/> is null when all of them are zero. Owned by whoever received it.</summary>
public readonly record struct DiskChunk(long Offset, long Length, IMemoryOwner<byte>? Memory) : IDisposable
{
    public bool IsZero => Memory is null;

    public void Dispose() => Memory?.Dispose();
}
