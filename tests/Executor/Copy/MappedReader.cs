using System.Runtime.CompilerServices;
using Migrate.Executor.Sources;

namespace Migrate.Executor.Tests.Copy;

/// <summary>
/// Gives any range of a byte array, in an order that chance decides, and a map in pieces of any length: zeroes are told as zero or hole, or
/// hidden in data. Notes what was read; fails where it is told to.
/// </summary>
internal sealed class MappedReader(byte[] disk, Random random) : IRangeReader
{
    private readonly Lock _lock = new();

    public string Kind => "mapped";

    public long CapacityBytes => disk.Length;

    public bool CanStartAnywhere => true;

    public int ParallelReads { get; init; } = 4;

    public int ExtentsPerRead { get; init; } = 1;

    /// <summary>The read with this number fails.</summary>
    public int FailAtRead { get; init; } = int.MaxValue;

    /// <summary>The map leaves these bytes out.</summary>
    public long MapSkips { get; init; }

    public List<(long Offset, int Length)> Reads { get; } = [];

    public long BytesRead
    {
        get
        {
            lock (_lock)
            {
                return Reads.Sum(r => (long)r.Length);
            }
        }
    }

    public int MostAtOnce { get; private set; }

    private int Now { get; set; }

    public async ValueTask ReadRangeAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        bool fails;
        int pause;
        lock (_lock)
        {
            Reads.Add((offset, buffer.Length));
            MostAtOnce = Math.Max(MostAtOnce, ++Now);
            fails = Reads.Count >= FailAtRead;
            pause = random.Next(4);
        }
        try
        {
            for (; pause > 0; pause--)
            {
                await Task.Yield();
            }
            cancellationToken.ThrowIfCancellationRequested();
            if (fails)
            {
                throw new IOException("the source broke");
            }
            disk.AsMemory((int)offset, buffer.Length).CopyTo(buffer);
        }
        finally
        {
            lock (_lock)
            {
                Now--;
            }
        }
    }

    public async IAsyncEnumerable<DiskRange> MapAsync(long offset, long length, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        for (var (at, end) = (offset, offset + length - MapSkips); at < end;)
        {
            var zeroes = disk.AsSpan((int)at, (int)(end - at)).IndexOfAnyExcept((byte)0) is var n && n < 0 ? (int)(end - at) : n / 512 * 512;
            var isZero = zeroes > 0 && random.Next(4) > 0;
            var run = Math.Min(end - at, isZero ? zeroes : random.Next(1, 5000) * 512);
            yield return new DiskRange(at, run, !isZero ? RangeKind.Data : random.Next(2) == 0 ? RangeKind.Zero : RangeKind.Hole);
            at += run;
        }
    }

    public IAsyncEnumerable<DiskChunk> ReadAsync(long fromOffset, CancellationToken cancellationToken) => throw new NotSupportedException("A source of ranges is not read in order.");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
