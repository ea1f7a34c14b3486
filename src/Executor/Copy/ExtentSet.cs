using System.Numerics;
using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.Executor.Copy;

/// <summary>Which extents of a disk are meant: one bit each, in pages of 1 GiB of disk, so that a few of 65 million cost little.</summary>
internal sealed class ExtentSet(long capacityBytes)
{
    private const int PageExtents = 1024;

    private readonly ulong[]?[] _pages = new ulong[(Extent.CountFor(capacityBytes) + PageExtents - 1) / PageExtents][];

    /// <summary>Extents of the disk, whether in the set or not.</summary>
    public long Extents { get; } = Extent.CountFor(capacityBytes);

    public long Count { get; private set; }

    /// <summary>Every extent that one of the areas touches.</summary>
    public static async Task<ExtentSet> OfAsync(IAsyncEnumerable<ChangedArea> areas, long capacityBytes, CancellationToken cancellationToken)
    {
        var set = new ExtentSet(capacityBytes);
        await foreach (var area in areas.WithCancellation(cancellationToken))
        {
            for (var index = area.Offset / Extent.Size; index * Extent.Size < Math.Min(area.End, capacityBytes); index++)
            {
                set.Add(index);
            }
        }
        return set;
    }

    public bool Contains(long index) => _pages[index / PageExtents] is { } page && (page[index % PageExtents / 64] & (1UL << (int)(index % 64))) != 0;

    public void Add(long index)
    {
        if (!Contains(index))
        {
            (_pages[index / PageExtents] ??= new ulong[PageExtents / 64])[index % PageExtents / 64] |= 1UL << (int)(index % 64);
            Count++;
        }
    }

    public void AddAll()
    {
        for (var index = 0L; index < Extents; index++)
        {
            Add(index);
        }
    }

    /// <summary>Those of this set, or of the whole disk, that are not in the other one.</summary>
    public static ExtentSet Except(ExtentSet? extents, ExtentSet others, long capacityBytes)
    {
        var rest = new ExtentSet(capacityBytes);
        for (var index = 0L; index < rest.Extents; index++)
        {
            if (extents?.Contains(index) != false && !others.Contains(index))
            {
                rest.Add(index);
            }
        }
        return rest;
    }

    /// <summary>Ascending.</summary>
    public IEnumerable<long> All()
    {
        for (var p = 0; p < _pages.Length; p++)
        {
            for (var w = 0; _pages[p] is { } page && w < page.Length; w++)
            {
                for (var bits = page[w]; bits != 0; bits &= bits - 1)
                {
                    yield return ((long)p * PageExtents) + (w * 64) + BitOperations.TrailingZeroCount(bits);
                }
            }
        }
    }
}
