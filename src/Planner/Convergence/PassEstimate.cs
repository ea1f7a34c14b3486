namespace Migrate.Planner.Convergence;

/// <summary>The figures of a <see cref="PassModel"/>: from passes that were made, or before the first one from baseline and reader.</summary>
public static class PassEstimate
{
    /// <summary>Assumed until passes say better: half a minute to take a snapshot and to merge it again.</summary>
    public const double AssumedOverheadSeconds = 30;

    /// <summary>Assumed for a guest's shutdown and the start of its domain, until the guest boots.</summary>
    public const double AssumedFixedDowntimeSeconds = 60;

    // One pass's figure says nothing of how far they vary.
    private const double OneSampleLow = 0.5;
    private const double OneSampleHigh = 1.5;
    private const int RecentPasses = 3;

    // A pass that hardly copies anything measures latency and no rate.
    private const double RateNeedsShare = 0.05;

    /// <summary>Before the first pass.</summary>
    /// <param name="usedBytes">What the seed has to copy.</param>
    /// <param name="capacityBytes">Of all disks.</param>
    /// <param name="meanWriteBytesPerSecond">Of the baseline; an upper bound of the change rate, since blocks written twice count twice.</param>
    /// <param name="highWriteBytesPerSecond">95th percentile, where it is known.</param>
    /// <param name="expectedBytesPerSecond">What the readers can be expected to reach together.</param>
    /// <param name="allowedDowntimeSeconds">Of the plan.</param>
    /// <param name="mostPasses">Of the plan.</param>
    public static PassModel Before(long usedBytes, long capacityBytes, double meanWriteBytesPerSecond, double? highWriteBytesPerSecond, double expectedBytesPerSecond,
        double allowedDowntimeSeconds, int mostPasses) => new()
        {
            AllowedDowntimeSeconds = allowedDowntimeSeconds,
            // A guest that writes the same blocks again and again changes next to nothing.
            ChangeRate = new Band(0, meanWriteBytesPerSecond, Math.Max(highWriteBytesPerSecond ?? meanWriteBytesPerSecond, meanWriteBytesPerSecond)),
            CopyRate = Band.Around(expectedBytesPerSecond, OneSampleLow, OneSampleHigh),
            NextPassBytes = usedBytes,
            CapacityBytes = capacityBytes,
            OverheadSeconds = AssumedOverheadSeconds,
            FixedDowntimeSeconds = AssumedFixedDowntimeSeconds,
            MostPasses = mostPasses,
        };

    /// <summary>
    /// From the passes so far, the oldest first; null until one came to its end. What the next one has to copy is what changes from the last
    /// one's moment to <paramref name="now"/>, or until its end if that is later.
    /// </summary>
    public static PassModel? From(IReadOnlyList<ObservedPass> passes, PassModel before, DateTime now)
    {
        if (passes.Count == 0)
        {
            return null;
        }

        var rates = ChangeRates(passes);
        var change = rates.Count == 0 ? before.ChangeRate : rates.Count == 1 ? Band.Around(rates[0].Rate, OneSampleLow, OneSampleHigh)
            : new Band(rates.Min(r => r.Rate), rates.Sum(r => r.Bytes) / rates.Sum(r => r.Seconds), rates.Max(r => r.Rate));
        var since = Math.Max(0, (now - passes[^1].FrozenAt).TotalSeconds);
        return before with
        {
            ChangeRate = change,
            CopyRate = CopyRate(passes) ?? before.CopyRate,
            NextPassBytes = Math.Min(before.CapacityBytes, change.Likely * since),
            SampleBytes = passes[^1].SampleBytes,
            OverheadSeconds = passes.TakeLast(RecentPasses).Average(p => p.OverheadSeconds),
        };
    }

    private static List<(double Rate, double Bytes, double Seconds)> ChangeRates(IReadOnlyList<ObservedPass> passes) =>
    [
        .. passes.Zip(passes.Skip(1))
            .Select(pair => (Bytes: (double?)pair.Second.ChangedBytes, Seconds: (pair.Second.FrozenAt - pair.First.FrozenAt).TotalSeconds))
            .Where(pair => pair is { Bytes: not null, Seconds: > 0 })
            .TakeLast(RecentPasses)
            .Select(pair => (pair.Bytes!.Value / pair.Seconds, pair.Bytes.Value, pair.Seconds)),
    ];

    private static Band? CopyRate(IReadOnlyList<ObservedPass> passes)
    {
        var total = passes.Sum(p => (double)p.ReadBytes);
        var counted = passes.Where(p => p.CopySeconds > 0 && p.ReadBytes > 0 && p.ReadBytes >= total * RateNeedsShare).ToList();
        if (counted.Count == 0)
        {
            return null;
        }

        var likely = counted.Sum(p => (double)p.ReadBytes) / counted.Sum(p => p.CopySeconds);
        return counted.Count == 1
            ? Band.Around(likely, OneSampleLow, OneSampleHigh)
            : new Band(counted.Min(p => p.ReadBytes / p.CopySeconds), likely, counted.Max(p => p.ReadBytes / p.CopySeconds));
    }
}
