namespace Migrate.Simulator.Disks;

/// <summary>The bytes of a virtual disk. Reads beyond what is stored give zeros, as on a disk that was never written there.</summary>
public abstract class DiskContent
{
    /// <summary>Fills the buffer with the bytes at <paramref name="offset"/>.</summary>
    public abstract ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Start of the next possibly non-zero byte at or after <paramref name="offset"/>; null = only zeros follow.</summary>
    public virtual long? NextData(long offset) => offset;

    /// <summary>Runs of [from, to) that take space on the datastore, ascending.</summary>
    public virtual IEnumerable<(long Start, long End)> Allocated(long from, long to) => from < to ? [(from, to)] : [];
}
