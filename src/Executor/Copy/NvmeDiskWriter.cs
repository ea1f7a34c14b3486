using System.Runtime.CompilerServices;
using Migrate.Executor.Sources;
using Migrate.Planner;
using Migrate.Target.Host;

namespace Migrate.Executor.Copy;

/// <summary>A namespace as the destination of a copy; says in words that a person can act on what the target answered.</summary>
public sealed class NvmeDiskWriter(NvmeDisk disk) : IDiskWriter
{
    // NVM Express Base 2.0, 3.3.3.2: generic Capacity Exceeded and Reservation Conflict; media Access Denied.
    private static readonly (int Type, int Code) CapacityExceeded = (0, 0x81);
    private static readonly (int Type, int Code) ReservationConflict = (0, 0x83);
    private static readonly (int Type, int Code) AccessDenied = (2, 0x86);

    public long CapacityBytes => disk.CapacityBytes;

    public int BlockSize => disk.BlockSize;

    public LinkTimes? Link => disk.LinkTimes() is { Connections: > 0 } times ? times : null;

    public async IAsyncEnumerable<DiskRange> MapAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var at = 0L;
        await foreach (var (offset, length) in disk.FindDataAsync(cancellationToken))
        {
            if (offset > at)
            {
                yield return new DiskRange(at, offset - at, RangeKind.Hole);
            }
            yield return new DiskRange(offset, length, RangeKind.Data);
            at = offset + length;
        }
        if (at < CapacityBytes)
        {
            yield return new DiskRange(at, CapacityBytes - at, RangeKind.Hole);
        }
    }

    public async ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            await disk.ReadAsync(offset, buffer, cancellationToken);
        }
        catch (NvmeException e)
        {
            throw Explain(e, $"reading {buffer.Length} bytes at {offset}");
        }
    }

    public async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        try
        {
            await disk.WriteAsync(offset, data, cancellationToken);
        }
        catch (NvmeException e)
        {
            throw Explain(e, $"writing {data.Length} bytes at {offset}");
        }
    }

    public async ValueTask WriteZeroesAsync(long offset, long length, CancellationToken cancellationToken)
    {
        try
        {
            await disk.WriteZeroesAsync(offset, length, cancellationToken);
        }
        catch (NvmeException e)
        {
            throw Explain(e, $"zeroing {length} bytes at {offset}");
        }
    }

    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        try
        {
            await disk.FlushAsync(cancellationToken);
        }
        catch (NvmeException e)
        {
            throw Explain(e, "flushing");
        }
    }

    private MigrateException Explain(NvmeException e, string doing)
    {
        var what = $"Namespace {disk.Uuid}: {doing} failed";
        var status = (e.StatusCodeType ?? -1, e.StatusCode ?? -1);
        return status switch
        {
            (-1, _) => new MigrateException("target.connection-lost", $"{what} because the connection to the target was lost: {e.Meaning}.",
                "See that the target runs and can be reached, then retry: the copy goes on from its journal.", e)
            { IsTransient = true },
            _ when status == CapacityExceeded => new MigrateException("target.no-space", $"{what}: the file system behind the namespace is full.",
                "Free space in the target's directory (namespaces of abandoned runs, other files) or move it to a larger file system, then retry: the copy goes on from its journal.", e),
            _ when status == ReservationConflict || status == AccessDenied => new MigrateException("target.fenced", $"{what}: the target has given the namespace to another host.",
                "Let the worker that owns the run now finish it; retry the run only if there is none.", e),
            _ => new MigrateException("target.io-failed", $"{what}: {e.Message}.",
                "Look into the target's log and at the storage behind it, then retry: the copy goes on from its journal.", e)
            { IsTransient = !e.DoNotRetry },
        };
    }
}
