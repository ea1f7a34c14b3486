using System.Buffers;
using System.Collections.Concurrent;

namespace Migrate.Executor.Copy;

/// <summary>
/// A fixed number of extent-sized buffers. Renting waits when all are out: that is the copy's memory bound and its back-pressure. Buffers
/// are made at first need, pinned so that sockets and files need not pin them again and again.
/// </summary>
public sealed class ExtentPool(int extents) : IDisposable
{
    private readonly SemaphoreSlim _free = new(extents, extents);
    private readonly ConcurrentBag<byte[]> _idle = [];

    public int Extents { get; } = extents;

    public async ValueTask<IMemoryOwner<byte>> RentAsync(CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        return new Lease(this, _idle.TryTake(out var buffer) ? buffer : GC.AllocateUninitializedArray<byte>(Extent.Size, pinned: true));
    }

    public void Dispose() => _free.Dispose();

    private sealed class Lease(ExtentPool pool, byte[] buffer) : IMemoryOwner<byte>
    {
        private byte[]? _buffer = buffer;

        public Memory<byte> Memory => _buffer ?? throw new ObjectDisposedException(nameof(ExtentPool));

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _buffer, null) is not { } returned)
            {
                return;
            }
            pool._idle.Add(returned);
            pool._free.Release();
        }
    }
}
