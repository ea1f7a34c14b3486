namespace Migrate.Executor.Validation.Observation;

/// <summary>What was done in one direction: QEMU's counters at one moment, or their difference between two.</summary>
/// <param name="Operations">I/Os that succeeded.</param>
/// <param name="Bytes">Of them together.</param>
/// <param name="Nanoseconds">That they took together.</param>
/// <param name="Bins">By <see cref="HistogramGrid.LimitsUs"/>.</param>
public sealed record DirectionTotals(long Operations, long Bytes, long Nanoseconds, IReadOnlyList<long> Bins)
{
    internal DirectionTotals Since(DirectionTotals before) =>
        new(Operations - before.Operations, Bytes - before.Bytes, Nanoseconds - before.Nanoseconds, [.. Bins.Zip(before.Bins, (now, then) => now - then)]);

    /// <summary>Counters never fall while the same QEMU counts.</summary>
    internal bool IsAfter(DirectionTotals before) =>
        Operations >= before.Operations && Bytes >= before.Bytes && Nanoseconds >= before.Nanoseconds && Bins.Zip(before.Bins, (now, then) => now >= then).All(x => x);
}

/// <summary>The same of one disk.</summary>
/// <param name="Read">Reads.</param>
/// <param name="Write">Writes.</param>
/// <param name="Flush">Flushes, which have no bytes.</param>
/// <param name="UnmapOperations">Discards: the guest's TRIM, and zeroes that QEMU makes one of.</param>
/// <param name="UnmapBytes">Of them together.</param>
/// <param name="Failed">I/Os of any kind that failed.</param>
public sealed record DiskTotals(DirectionTotals Read, DirectionTotals Write, DirectionTotals Flush, long UnmapOperations, long UnmapBytes, long Failed)
{
    internal DiskTotals Since(DiskTotals before) => new(
        Read.Since(before.Read), Write.Since(before.Write), Flush.Since(before.Flush), UnmapOperations - before.UnmapOperations, UnmapBytes - before.UnmapBytes, Failed - before.Failed);

    internal bool IsAfter(DiskTotals before) =>
        Read.IsAfter(before.Read) && Write.IsAfter(before.Write) && Flush.IsAfter(before.Flush) && UnmapOperations >= before.UnmapOperations && UnmapBytes >= before.UnmapBytes && Failed >= before.Failed;
}
