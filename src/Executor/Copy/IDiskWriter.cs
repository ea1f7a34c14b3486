using System.Runtime.CompilerServices;
using Migrate.Executor.Sources;
using Migrate.Target.Host;

namespace Migrate.Executor.Copy;

/// <summary>
/// The destination of a copy: a namespace through our NVMe/TCP host. An interface because tests put a
/// destination behind it that loses what was not flushed, as a crash does. Offsets and lengths are multiples of
/// <see cref="BlockSize"/>; many calls may be in flight at once.
/// </summary>
public interface IDiskWriter
{
    long CapacityBytes { get; }

    int BlockSize { get; }

    /// <summary>What the way to it is busy with; null when that cannot be told.</summary>
    LinkTimes? Link => null;

    ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>
    /// Where it keeps something, of what was flushed: ascending, without gaps. A hole reads as zeroes, since nothing is kept there. One that
    /// cannot tell says that all of it is data.
    /// </summary>
    async IAsyncEnumerable<DiskRange> MapAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        yield return new DiskRange(0, CapacityBytes, RangeKind.Data);
    }

    ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken);

    ValueTask WriteZeroesAsync(long offset, long length, CancellationToken cancellationToken);

    /// <summary>Returns once every write that had returned before this call survives a crash of the destination.</summary>
    ValueTask FlushAsync(CancellationToken cancellationToken);
}
