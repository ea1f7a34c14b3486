namespace Migrate.Executor.Copy;

/// <summary>The unit of copying, journalling and hashing: 1 MiB (the last extent of a disk may be shorter).</summary>
public static class Extent
{
    public const int Size = 1 << 20;

    public static long CountFor(long capacityBytes) => (capacityBytes + Size - 1) / Size;

    public static int LengthOf(long index, long capacityBytes) => (int)Math.Min(Size, capacityBytes - (index * Size));
}
