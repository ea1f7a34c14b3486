using System.Buffers.Binary;

namespace Migrate.Simulator.Disks;

/// <summary>
/// Content computed from a seed: the same bytes at the same offset in every run, without a file. A share of the 1 MiB
/// extents is zero, and so is everything from <paramref name="bytes"/> on: what a disk gains when it is extended.
/// </summary>
public sealed class SyntheticContent(ulong seed, double zeroShare, long bytes = long.MaxValue) : DiskContent
{
    private const int ExtentBytes = 1 << 20;

    public override ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var span = buffer.Span;
        while (!span.IsEmpty)
        {
            var length = (int)Math.Min(span.Length, (offset < bytes ? Math.Min(bytes, (offset / ExtentBytes + 1) * ExtentBytes) : long.MaxValue) - offset);
            if (offset >= bytes || IsZero(offset / ExtentBytes))
            {
                span[..length].Clear();
            }
            else
            {
                Fill(offset, span[..length]);
            }

            span = span[length..];
            offset += length;
        }

        return ValueTask.CompletedTask;
    }

    public override IEnumerable<(long Start, long End)> Allocated(long from, long to)
    {
        to = Math.Min(to, bytes);
        // What is all zero needs no look at its 65 million extents.
        for (var at = zeroShare >= 1 ? to : from; at < to;)
        {
            var end = Math.Min(to, (at / ExtentBytes + 1) * ExtentBytes);
            if (!IsZero(at / ExtentBytes))
            {
                yield return (at, end);
            }

            at = end;
        }
    }

    private bool IsZero(long extent) => zeroShare >= 1 || Mix(seed ^ 0x5a5a5a5a ^ (ulong)extent * 0x9e3779b97f4a7c15) / (double)ulong.MaxValue < zeroShare;

    private void Fill(long offset, Span<byte> span) => Words(seed, offset, span);

    /// <summary>The bytes that <paramref name="seed"/> puts at <paramref name="offset"/>; seed 0 puts zeroes.</summary>
    public static void Fill(ulong seed, long offset, Span<byte> span)
    {
        if (seed == 0)
        {
            span.Clear();
        }
        else
        {
            Words(seed, offset, span);
        }
    }

    private static void Words(ulong seed, long offset, Span<byte> span)
    {
        Span<byte> word = stackalloc byte[8];
        var index = (ulong)offset / 8;
        var skip = (int)(offset % 8);
        while (!span.IsEmpty)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(word, Mix(seed + index * 0x9e3779b97f4a7c15));
            var length = Math.Min(8 - skip, span.Length);
            word.Slice(skip, length).CopyTo(span);
            span = span[length..];
            skip = 0;
            index++;
        }
    }

    /// <summary>The finaliser of SplitMix64: neighbouring inputs give unrelated words.</summary>
    private static ulong Mix(ulong z)
    {
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27) * 0x94d049bb133111eb;
        return z ^ z >> 31;
    }
}
