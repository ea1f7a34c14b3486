using Migrate.Executor.Copy;
using Migrate.Executor.Sources;
using Migrate.Target.Host;

namespace Migrate.Executor.Runs.Warm;

/// <summary>A destination that remembers which of its extents were touched, so that only these need to be read back.</summary>
internal sealed class WrittenExtents(IDiskWriter disk) : IDiskWriter
{
    private readonly ExtentSet _written = new(disk.CapacityBytes);

    public ExtentSet Extents => _written;

    /// <summary>Those that were read back already, while the pass copied.</summary>
    public ExtentSet FoundThere { get; } = new(disk.CapacityBytes);

    public long CapacityBytes => disk.CapacityBytes;

    public int BlockSize => disk.BlockSize;

    public LinkTimes? Link => disk.Link;

    public ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) => disk.ReadAsync(offset, buffer, cancellationToken);

    public IAsyncEnumerable<DiskRange> MapAsync(CancellationToken cancellationToken) => disk.MapAsync(cancellationToken);

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
