using System.Buffers;
using System.Runtime.CompilerServices;
using Migrate.Executor.Copy;
using Migrate.Executor.Sources;

namespace Migrate.Executor.Tests.Copy;

/// <summary>Gives a byte array in chunks of every shape that a reader may use, and breaks where it is told to.</summary>
internal sealed class SampleReader(byte[] disk, Random? shapes = null) : IDiskReader
{
    private readonly ExtentPool _pool = new(64);

    public string Kind => "sample";

    public long CapacityBytes => disk.Length;

    public bool CanStartAnywhere { get; init; } = true;

    /// <summary>The reading fails when it gets here.</summary>
    public long BreakAt { get; init; } = long.MaxValue;

    /// <summary>The reading ends here as if that were the disk's end.</summary>
    public long EndAt { get; init; } = long.MaxValue;

    public long StartedAt { get; private set; } = -1;

    public async IAsyncEnumerable<DiskChunk> ReadAsync(long fromOffset, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        StartedAt = fromOffset;
        for (var at = fromOffset; at < disk.Length && at < EndAt;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (at >= BreakAt)
            {
                throw new IOException("the source broke");
            }
            var toBoundary = (int)Math.Min(disk.Length - at, Extent.Size - (at % Extent.Size));
            var length = shapes?.Next(3) == 0 ? Math.Min(toBoundary, shapes.Next(1, 3000) * 512) : toBoundary;
            var zeroes = disk.AsSpan((int)at).IndexOfAnyExcept((byte)0) is var n && n < 0 ? disk.Length - at : n;
            if (shapes is not null && zeroes >= 512 && shapes.Next(2) == 0)
            {
                var run = zeroes == disk.Length - at ? zeroes : zeroes / 512 * 512;
                yield return new DiskChunk(at, run, null);
                at += run;
                continue;
            }
            IMemoryOwner<byte> memory = await _pool.RentAsync(cancellationToken);
            memory.Memory.Span.Fill(0xEE); // what an earlier use left
            disk.AsSpan((int)at, length).CopyTo(memory.Memory.Span);
            yield return new DiskChunk(at, length, memory);
            at += length;
        }
    }

    public ValueTask DisposeAsync()
    {
        _pool.Dispose();
        return ValueTask.CompletedTask;
    }
}
