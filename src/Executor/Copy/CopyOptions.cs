using Migrate.Executor.Copy.Throttle;

namespace Migrate.Executor.Copy;

public sealed record CopyOptions
{
    /// <summary>Extents being hashed and written at once; those that are being read come on top.</summary>
    public int ExtentsInFlight { get; init; } = 16;

    /// <summary>Where buffers come from: by default what all copies of the worker share.</summary>
    public ExtentPool Pool { get; init; } = ExtentPool.Worker;

    /// <summary>Data written between two checkpoints (flush of the destination, then of the journal): what a crash can cost at most.</summary>
    public long CheckpointBytes { get; init; } = 256L << 20;

    /// <summary>A slow source gets a checkpoint at least this often.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// What is about to be journalled is first read back from the destination and compared, beside the copying: then what the journal has was
    /// found there after its flush. That costs little time where the source is the narrow part. It does not find what later writes spoil,
    /// and zeroes are not read.
    /// </summary>
    public bool ReadBackBeforeJournal { get; init; }

    /// <summary>Is given each extent that was read back, found right and journalled: what need not be read at the end.</summary>
    internal ExtentSet? FoundThere { get; init; }

    /// <summary>Limits that the copy shares with others, and its pause; made for one copy.</summary>
    public CopyThrottle Throttle { get; init; } = CopyThrottle.None;

    internal static readonly TimeSpan DefaultStallAfter = TimeSpan.FromSeconds(30);

    /// <summary>A copy that settles nothing for so long says so, with the cause, in its progress.</summary>
    public TimeSpan StallAfter { get; init; } = DefaultStallAfter;

    /// <summary>
    /// True when the caller has just created the destination, so that it reads as zeroes. Zeroes are then not sent, provided that the journal
    /// is new too: an attempt that left a journal may also have left bytes. When in doubt: false, and zeroes are written as Write Zeroes.
    /// </summary>
    public bool DestinationIsZero { get; init; }
}

/// <summary>
/// What a finished copy did in this attempt (a resumed one counts only what it did itself), and the hash of the whole disk as the source sent it.
/// </summary>
/// <param name="SourceHash">Copy.DiskHash, lower-case hex.</param>
/// <param name="BytesRead">Bytes of data that the reader delivered; zero chunks are not counted.</param>
/// <param name="BytesWritten">Bytes of data sent to the destination.</param>
/// <param name="BytesZero">Bytes that were zero and were not sent as data.</param>
/// <param name="Elapsed">Time taken by this attempt.</param>
public sealed record CopyResult(string SourceHash, long BytesRead, long BytesWritten, long BytesZero, TimeSpan Elapsed)
{
    /// <summary>Read back from the destination and found right before it was journalled.</summary>
    public long BytesReadBack { get; init; }

    /// <summary>What held this attempt up most, over all of it; null when it was over before that could be told.</summary>
    public CopyBottleneck? Bottleneck { get; init; }
}
