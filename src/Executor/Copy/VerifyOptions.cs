using Migrate.Executor.Copy.Throttle;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Copy;

public sealed record VerifyOptions
{
    public VerifyLevel Level { get; init; } = VerifyLevel.ReadBack;

    /// <summary>Size of a sample.</summary>
    public SelfTestOptions Sample { get; init; } = new();

    /// <summary>Extents being read and hashed at once.</summary>
    public int ExtentsInFlight { get; init; } = 32;

    /// <summary>Only these, at any level; null for the whole disk.</summary>
    internal ExtentSet? Only { get; init; }

    public ExtentPool Pool { get; init; } = ExtentPool.Worker;

    /// <summary>Limits of the source that is read again.</summary>
    public CopyThrottle Throttle { get; init; } = CopyThrottle.None;

    /// <summary>Draws the samples; tests give it a seed.</summary>
    public Random Random { get; init; } = Random.Shared;
}

public enum DiskSide
{
    Source,
    Destination,
}

/// <summary>An extent that has not what was copied.</summary>
/// <param name="Offset">Its first byte.</param>
/// <param name="Side">Where.</param>
public readonly record struct VerifyDifference(long Offset, DiskSide Side);

/// <summary>
/// What was looked at, and what was found. A destination that keeps what it has in memory may answer from there: then its storage has been
/// written and flushed, but not read. A namespace with direct I/O, as block devices have by default, answers from its storage.
/// </summary>
/// <param name="Level">As asked for.</param>
/// <param name="ExtentsOfDisk">How many there are.</param>
/// <param name="ExtentsCompared">How many were compared with what was copied.</param>
/// <param name="ExtentsRead">How many of these the destination was asked for. Where it says that it keeps nothing, there is nothing to read.</param>
/// <param name="Differing">How many differ; an extent that differs on both sides counts twice.</param>
/// <param name="Differences">The first of these, ascending, at most 100.</param>
/// <param name="Elapsed">Time taken.</param>
public sealed record VerifyResult(
    VerifyLevel Level, long ExtentsOfDisk, long ExtentsCompared, long ExtentsRead, long Differing, IReadOnlyList<VerifyDifference> Differences, TimeSpan Elapsed)
{
    public bool Agrees => Differing == 0;
}
