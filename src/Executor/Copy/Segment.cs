using System.Numerics;
using System.Security.Cryptography;

namespace Migrate.Executor.Copy;

/// <summary>What is known of 1,024 extents, 1 GiB of disk: nothing, that one is zero, or its SHA-256.</summary>
internal sealed class Segment
{
    public const int Extents = 1024;
    private const int Words = Extents / 64;

    /// <summary>A bit for each extent of which something is known.</summary>
    public ulong[] Known { get; private init; } = new ulong[Words];

    /// <summary>A bit for each known extent that is zero.</summary>
    public ulong[] Zero { get; private init; } = new ulong[Words];

    /// <summary>32 bytes per extent, valid where one is known and not zero; null when there is none, or while they are not in memory.</summary>
    public byte[]? Hashes { get; set; }

    public int KnownCount => Count(Known);

    public int DataCount => Count(Known) - Count(Zero);

    public static int NumberOf(long index) => (int)(index / Extents);

    public bool IsKnown(long index) => Has(Known, index);

    public bool IsZero(long index) => Has(Zero, index);

    public bool IsData(long index) => IsKnown(index) && !IsZero(index);

    public void SetZero(long index)
    {
        Add(Known, index);
        Add(Zero, index);
    }

    public void SetData(long index, ReadOnlySpan<byte> hash)
    {
        Add(Known, index);
        Remove(Zero, index);
        Hashes ??= new byte[Extents * SHA256.HashSizeInBytes];
        hash.CopyTo(HashOf(index));
    }

    public void Forget(long index)
    {
        Remove(Known, index);
        Remove(Zero, index);
    }

    public Span<byte> HashOf(long index) => Hashes.AsSpan((int)(index % Extents) * SHA256.HashSizeInBytes, SHA256.HashSizeInBytes);

    /// <summary>The first extent, 0 to 1023, of which nothing is known; 1024 when there is none.</summary>
    public int FirstGap()
    {
        for (var w = 0; w < Words; w++)
        {
            if (~Known[w] is var unknown and not 0)
            {
                return (w * 64) + BitOperations.TrailingZeroCount(unknown);
            }
        }

        return Extents;
    }

    public Segment Copy() => new() { Known = [.. Known], Zero = [.. Zero], Hashes = Hashes is null ? null : [.. Hashes] };

    private static int Count(ulong[] bits)
    {
        var count = 0;
        foreach (var word in bits)
        {
            count += BitOperations.PopCount(word);
        }

        return count;
    }

    private static bool Has(ulong[] bits, long index) => (bits[index % Extents / 64] & (1UL << (int)(index % 64))) != 0;

    private static void Add(ulong[] bits, long index) => bits[index % Extents / 64] |= 1UL << (int)(index % 64);

    private static void Remove(ulong[] bits, long index) => bits[index % Extents / 64] &= ~(1UL << (int)(index % 64));
}
