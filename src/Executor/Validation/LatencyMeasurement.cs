namespace Migrate.Executor.Validation;

/// <summary>What QEMU counted of one disk while the guest was observed.</summary>
public sealed record LatencyMeasurement
{
    public required int DiskKey { get; init; }
    public required string Label { get; init; }
    public required double ObservedSeconds { get; init; }
    public required DirectionMeasurement Read { get; init; }
    public required DirectionMeasurement Write { get; init; }
}

/// <summary>Reads or writes of one disk: totals, and the histogram of single I/Os.</summary>
public sealed record DirectionMeasurement
{
    public required long Operations { get; init; }
    public required long Bytes { get; init; }
    public required long TotalNanoseconds { get; init; }
    public required IReadOnlyList<LatencyBin> Bins { get; init; }

    /// <summary>Null without operations: no I/O has no latency.</summary>
    public double? MeanMicroseconds => Operations == 0 ? null : TotalNanoseconds / 1000.0 / Operations;

    /// <summary>The bin that holds the quantile (0..1) of single I/Os; null when the histogram is empty.</summary>
    public LatencyBin? Quantile(double quantile)
    {
        var total = Bins.Sum(b => b.Count);
        long seen = 0;
        foreach (var bin in Bins)
        {
            seen += bin.Count;
            if (seen > 0 && seen >= quantile * total)
            {
                return bin;
            }
        }
        return null;
    }
}

/// <summary>I/Os that took more than <paramref name="AboveUs"/> and at most <paramref name="UpToUs"/> microseconds (null: no upper limit).</summary>
public sealed record LatencyBin(long AboveUs, long? UpToUs, long Count);
