namespace Migrate.Planner.VSphere.ChangeTracking;

/// <summary>[Offset, Offset + Length) of a disk, in bytes.</summary>
public readonly record struct ChangedArea(long Offset, long Length)
{
    public long End => Offset + Length;
}

/// <summary>One answer: it speaks about [Start, Start + Length) of the disk and names the areas therein.</summary>
internal readonly record struct ChangedAreaPage(long Start, long Length, IReadOnlyList<ChangedArea> Areas);
