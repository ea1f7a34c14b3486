namespace Migrate.Executor.Validation.Observation;

/// <summary>What else was true of an interval.</summary>
[Flags]
public enum IntervalMarks
{
    None = 0,
    /// <summary>Copies of ours wrote to the same storage.</summary>
    BesideCopy = 1,
}

/// <summary>What a domain's disks did between two looks at QEMU's counters.</summary>
/// <param name="EndedAt">UTC, whole milliseconds.</param>
/// <param name="Milliseconds">Its length: 20 s as a rule, longer where nobody looked in between.</param>
/// <param name="Marks">What else was true of it.</param>
/// <param name="Disks">In the observation's order; null for a disk of which it is not known.</param>
public sealed record ObservedInterval(DateTime EndedAt, long Milliseconds, IntervalMarks Marks, IReadOnlyList<DiskTotals?> Disks);
