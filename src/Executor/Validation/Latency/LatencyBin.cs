namespace Migrate.Executor.Validation.Latency;

/// <summary>I/Os that took more than <paramref name="AboveUs"/> and at most <paramref name="UpToUs"/> microseconds (null: no upper limit).</summary>
public sealed record LatencyBin(long AboveUs, long? UpToUs, long Count)
{
    /// <summary>The bin that holds the quantile (0..1) of single I/Os; null when the histogram is empty.</summary>
    public static LatencyBin? Holding(IReadOnlyList<LatencyBin> bins, double quantile)
    {
        var total = bins.Sum(b => b.Count);
        long seen = 0;
        foreach (var bin in bins)
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
