using Migrate.Executor.Copy;
using Migrate.Executor.Sources;

namespace Migrate.Executor.Tests.Copy;

/// <summary>A source of nothing but zeroes.</summary>
internal sealed class HugeReader(long capacityBytes) : IDiskReader
{
    public string Kind => "huge";

    public long CapacityBytes => capacityBytes;

    public bool CanStartAnywhere => true;

    public async IAsyncEnumerable<DiskChunk> ReadAsync(long fromOffset, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        yield return new DiskChunk(fromOffset, capacityBytes - fromOffset, null);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>A fresh destination to which nothing must be written.</summary>
internal sealed class HugeDisk(long capacityBytes) : IDiskWriter
{
    public long CapacityBytes => capacityBytes;

    public int BlockSize => 512;

    public ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) => throw new InvalidOperationException("no reading");

    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => throw new InvalidOperationException("no writing");

    public ValueTask WriteZeroesAsync(long offset, long length, CancellationToken cancellationToken) => throw new InvalidOperationException("no zeroing");

    public ValueTask FlushAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
