namespace Migrate.Executor.Copy;

/// <summary>
/// The clocks of a copy. Its stages say where the extents are; what the one loop that feeds them waits for says which side is the narrow one:
/// a place to read, or room, which only comes back from the far end.
/// </summary>
internal sealed class CopyStages(TimeProvider time)
{
    public StageClock Read { get; } = new(time);

    /// <summary>Zero detection and SHA-256; begins where an extent may be hashed, so waiting for a processor counts.</summary>
    public StageClock Hash { get; } = new(time);

    public StageClock Write { get; } = new(time);

    public StageClock WaitForRead { get; } = new(time);

    public StageClock WaitForRoom { get; } = new(time);

    /// <summary>Held back on purpose: by a limit, or paused.</summary>
    public StageClock WaitForLimit { get; } = new(time);
}
