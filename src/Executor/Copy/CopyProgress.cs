namespace Migrate.Executor.Copy;

/// <summary>Where a copy or a reading back stands. The rate is smoothed; rate and ETA are zero and null until there is something to say.</summary>
/// <param name="BytesDone">Of the disk, what is settled; an earlier attempt's included.</param>
/// <param name="CapacityBytes">Size of the disk.</param>
/// <param name="BytesPerSecond">Of the disk, smoothed over some ten seconds.</param>
/// <param name="Eta">At that rate.</param>
public readonly record struct CopyProgress(long BytesDone, long CapacityBytes, double BytesPerSecond, TimeSpan? Eta)
{
    /// <summary>The ETA if the rate were as much better as it has been varying …</summary>
    public TimeSpan? EarliestEta { get; init; }

    /// <summary>… and as much worse.</summary>
    public TimeSpan? LatestEta { get; init; }

    /// <summary>When this attempt settled something last, UTC; null before it has.</summary>
    public DateTimeOffset? LastProgressAt { get; init; }

    /// <summary>What this attempt moved; null for a reading back.</summary>
    public CopyAmounts? Amounts { get; init; }

    /// <summary>What the copy waited for in the last seconds; null until that can be told.</summary>
    public CopyBottleneck? Bottleneck { get; init; }

    /// <summary>Set while nothing has been settled for longer than <see cref="CopyOptions.StallAfter"/>.</summary>
    public CopyStall? Stall { get; init; }
}

/// <summary>Bytes that one attempt moved, by what became of them.</summary>
/// <param name="Logical">Of the disk that were settled.</param>
/// <param name="Allocated">Read from the source, because it may have data there.</param>
/// <param name="Zero">Found or known to be zero, and so not sent.</param>
/// <param name="Sent">As data to the destination.</param>
public readonly record struct CopyAmounts(long Logical, long Allocated, long Zero, long Sent);

/// <summary>A copy that does not get on.</summary>
/// <param name="Since">UTC, when something was settled last.</param>
/// <param name="Stage">From which nothing returns; null when it cannot be told.</param>
/// <param name="Says">For people.</param>
public sealed record CopyStall(DateTimeOffset Since, CopyStage? Stage, string Says);
