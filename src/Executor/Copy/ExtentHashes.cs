using System.Numerics;
using System.Security.Cryptography;

namespace Migrate.Executor.Copy;

/// <summary>
/// What is known of each extent: nothing, that it is zero, or its SHA-256. Kept in pages of 1 GiB of disk, so that 62 TiB of zeroes
/// cost some megabytes; data costs 32 MiB per TiB. One thread may set while others ask about other extents.
/// </summary>
internal sealed class ExtentHashes(long capacityBytes)
{
    private const int PageExtents = 1024;
    private static readonly byte[] ZeroHash = SHA256.HashData(new byte[Extent.Size]);

    private readonly Page?[] _pages = new Page?[(Extent.CountFor(capacityBytes) + PageExtents - 1) / PageExtents];

    public long Count { get; } = Extent.CountFor(capacityBytes);

    public long KnownCount { get; private set; }

    public long KnownBytes { get; private set; }

    public bool IsComplete => KnownCount == Count;

    public bool IsKnown(long index) => _pages[index / PageExtents] is { } page && Page.Has(page.Known, index);

    public bool IsZero(long index) => _pages[index / PageExtents] is { } page && Page.Has(page.Zero, index);

    public void SetZero(long first, long count)
    {
        for (var index = first; index < first + count; index++)
        {
            var page = Know(index);
            Page.Add(page.Zero, index);
        }
    }

    public void SetData(long index, ReadOnlySpan<byte> hash)
    {
        var page = Know(index);
        Page.Remove(page.Zero, index);
        hash.CopyTo((page.Hashes ??= new byte[PageExtents * SHA256.HashSizeInBytes]).AsSpan(PlaceOf(index), SHA256.HashSizeInBytes));
    }

    /// <summary>The extent is about to be overwritten: nothing is known of it any more.</summary>
    public void Forget(long index)
    {
        if (IsKnown(index))
        {
            Page.Remove(_pages[index / PageExtents]!.Known, index);
            Page.Remove(_pages[index / PageExtents]!.Zero, index);
            KnownCount--;
            KnownBytes -= Extent.LengthOf(index, capacityBytes);
        }
    }

    /// <summary>The hash of a known extent, a zero one's included.</summary>
    public void CopyHash(long index, Span<byte> hash)
    {
        if (IsZero(index))
        {
            var length = Extent.LengthOf(index, capacityBytes);
            if (length == Extent.Size)
            {
                ZeroHash.CopyTo(hash);
            }
            else
            {
                SHA256.HashData(new byte[length], hash);
            }
            return;
        }
        _pages[index / PageExtents]!.Hashes!.AsSpan(PlaceOf(index), SHA256.HashSizeInBytes).CopyTo(hash);
    }

    /// <summary>The first extent of which nothing is known; <see cref="Count"/> when there is none.</summary>
    public long FirstGap()
    {
        for (var p = 0; p < _pages.Length; p++)
        {
            for (var w = 0; w < PageExtents / 64; w++)
            {
                var unknown = ~(_pages[p]?.Known[w] ?? 0);
                if (unknown != 0)
                {
                    return Math.Min(Count, ((long)p * PageExtents) + (w * 64) + BitOperations.TrailingZeroCount(unknown));
                }
            }
        }
        return Count;
    }

    private static int PlaceOf(long index) => (int)(index % PageExtents) * SHA256.HashSizeInBytes;

    private Page Know(long index)
    {
        var page = _pages[index / PageExtents] ??= new Page();
        if (!Page.Has(page.Known, index))
        {
            Page.Add(page.Known, index);
            KnownCount++;
            KnownBytes += Extent.LengthOf(index, capacityBytes);
        }
        return page;
    }

    private sealed class Page
    {
        public readonly ulong[] Known = new ulong[PageExtents / 64];
        public readonly ulong[] Zero = new ulong[PageExtents / 64];
        public byte[]? Hashes;

        public static bool Has(ulong[] bits, long index) => (bits[index % PageExtents / 64] & (1UL << (int)(index % 64))) != 0;

        public static void Add(ulong[] bits, long index) => bits[index % PageExtents / 64] |= 1UL << (int)(index % 64);

        public static void Remove(ulong[] bits, long index) => bits[index % PageExtents / 64] &= ~(1UL << (int)(index % 64));
    }
}
