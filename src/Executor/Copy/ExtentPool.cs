using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Migrate.Executor.Copy;

/// <summary>
/// A fixed number of extent-sized buffers. Renting waits when all are out: that is the copy's memory bound and its back-pressure. Buffers
/// are made at first need, begin at a memory page, as direct I/O wants them, and are pinned so that sockets and files need not pin them
/// again and again.
/// </summary>
public sealed class ExtentPool(int extents) : IDisposable
{
    private const int Page = 4096;

    /// <summary>96 MiB: with those of streams and all else that copies need (sessions, journals, what waits for the collector) a worker grows by less than 256 MiB.</summary>
    public const int WorkersExtents = 96;

    private const int StreamsExtents = 32;

    private readonly SemaphoreSlim _free = new(extents, extents);
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly ConcurrentBag<Memory<byte>> _idle = [];
    private int _made;

    /// <summary>What all copies of this process share. Whoever holds one of its buffers must not wait for another, or all could wait for each other.</summary>
    public static ExtentPool Worker { get; } = new(WorkersExtents);

    /// <summary>
    /// What all copies of this process share whose source comes as a stream. Apart from the others: a stream's extent is filled, and waits for nothing
    /// else, before it is handed on to who hashes it.
    /// </summary>
    public static ExtentPool Streams { get; } = new(StreamsExtents);

    public int Extents { get; } = extents;

    /// <summary>Bytes of all buffers that were ever needed at once.</summary>
    public long AllocatedBytes => (long)Volatile.Read(ref _made) * Extent.Size;

    public async ValueTask<IMemoryOwner<byte>> RentAsync(CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        return new Lease(this, _idle.TryTake(out var buffer) ? buffer : Make());
    }

    /// <summary>Several at once: one caller at a time gathers, so that two of them never hold what the other one lacks.</summary>
    public async ValueTask<IMemoryOwner<byte>[]> RentAsync(int count, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Extents);
        var buffers = new IMemoryOwner<byte>[count];
        await _turn.WaitAsync(cancellationToken);
        try
        {
            for (var i = 0; i < count; i++)
            {
                buffers[i] = await RentAsync(cancellationToken);
            }
            return buffers;
        }
        catch
        {
            foreach (var buffer in buffers)
            {
                buffer?.Dispose();
            }
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        _free.Dispose();
        _turn.Dispose();
    }

    private Memory<byte> Make()
    {
        Interlocked.Increment(ref _made);
        var bytes = GC.AllocateUninitializedArray<byte>(Extent.Size + Page, pinned: true);
        var past = (int)((ulong)Marshal.UnsafeAddrOfPinnedArrayElement(bytes, 0) % Page);
        return bytes.AsMemory(past == 0 ? 0 : Page - past, Extent.Size);
    }

    private sealed class Lease(ExtentPool pool, Memory<byte> buffer) : IMemoryOwner<byte>
    {
        private int _returned;

        public Memory<byte> Memory => _returned == 0 ? buffer : throw new ObjectDisposedException(nameof(ExtentPool));

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _returned, 1) == 0)
            {
                pool._idle.Add(buffer);
                pool._free.Release();
            }
        }
    }
}
