namespace Migrate.Executor.Copy;

/// <summary>How thoroughly a finished copy is proven.</summary>
public enum VerifyLevel
{
    /// <summary>Every extent of the destination is read back and has the hash of what the source sent.</summary>
    ReadBack,

    /// <summary>The source is read again as well: both sides have what was copied. Needs a source that stands still.</summary>
    Source,

    /// <summary>A random sample of the extents with data and one of the zero ones is read back: finds one wrong in a hundred, not one in a million.</summary>
    Sample,
}

public sealed record VerifyOptions
{
    public VerifyLevel Level { get; init; } = VerifyLevel.ReadBack;

    /// <summary>Size of a sample.</summary>
    public SelfTestOptions Sample { get; init; } = new();

    /// <summary>Extents being read and hashed at once.</summary>
    public int ExtentsInFlight { get; init; } = 32;

    public ExtentPool Pool { get; init; } = ExtentPool.Worker;

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
/// <param name="ExtentsRead">How many were read back.</param>
/// <param name="Differences">Ascending; empty when all agreed.</param>
/// <param name="Elapsed">Time taken.</param>
public sealed record VerifyResult(VerifyLevel Level, long ExtentsOfDisk, long ExtentsRead, IReadOnlyList<VerifyDifference> Differences, TimeSpan Elapsed)
{
    public bool Agrees => Differences.Count == 0;
}
