namespace Migrate.Planner.Baselines.Series;

/// <summary>
/// What is kept of a disk for each 20 s interval, as PerformanceManager gives it: whole numbers in its own units. The order is the
/// order of columns in stored blocks: new ones go to the end, none is ever renumbered.
/// </summary>
public enum DiskCounter
{
    ReadIops,
    WriteIops,
    ReadLatencyUs,
    WriteLatencyUs,
    ReadLatencyMs,
    WriteLatencyMs,
    /// <summary>Kilobytes (1024 bytes) per second.</summary>
    ReadKilobytes,
    WriteKilobytes,
    ReadOutstanding,
    WriteOutstanding,
    ReadBytesPerIo,
    WriteBytesPerIo,
    /// <summary>Seeks of less than 64 blocks of 512 bytes: what sequential I/O makes.</summary>
    SmallSeeks,
    /// <summary>64 to 8192 blocks.</summary>
    MediumSeeks,
    LargeSeeks,
    CommandsAborted,
    BusResets,
}
