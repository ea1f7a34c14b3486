namespace Migrate.Executor.Validation.Latency;

/// <summary>Histograms of single I/Os that may be laid beside each other: of like hours and of a like load.</summary>
/// <param name="After">The side after the move, with the intervals at the hours in which the histogram before was counted and no others.</param>
/// <param name="SecondsBefore">For how long the disk was busy while the histogram before was counted.</param>
internal sealed record SingleIos(LatencyEvidence After, double SecondsBefore)
{
    /// <summary>Or what keeps them from that.</summary>
    public static (SingleIos? Found, string? Why) Of(LatencyEvidence before, LatencyEvidence after)
    {
        if (before.Counts.Count == 0)
        {
            return (null, "there is no histogram of single I/Os from the source (vscsiStats)");
        }

        if (after.Intervals.All(x => x.Counts is null))
        {
            return (null, "there is no histogram of single I/Os from after the move");
        }

        var byInterval = before.Intervals.Any(x => x.Counts is not null);
        if (before.Counted is null && !byInterval)
        {
            return (null, $"nobody said when {before.Origin} counted, and its histogram holds for those hours only: import it again with --from and --to");
        }

        bool IsThen(LatencyInterval x) => before.Counted?.HasTimeOfDay(x.EndedAt.AddSeconds(-x.Seconds)) != false;
        // One that somebody was away in began then and went on into other hours.
        List<LatencyInterval> like = before.Counted is null ? [.. after.Intervals] : [.. after.Intervals.Where(x => x.Seconds <= LatencyJudge.LongestSeconds && IsThen(x))];
        if (like.Count(x => x.Counts is not null) is var counted && counted < LatencyJudge.FewestIntervals)
        {
            return (null, LatencyJudge.Say($"only {counted} intervals after the move have I/O at the time of day at which {before.Origin} counted ({before.Counted?.From:HH:mm} to {before.Counted?.To:HH:mm} UTC), {LatencyJudge.FewestIntervals} are needed"));
        }

        // By intervals with I/O on either side, so that a disk that is idle now and then is the same on both: those of the very time, else of that time of day on
        // other days. The histogram's own load counts if it is higher: it was counted on a busier day.
        var span = before.Counted;
        List<LatencyInterval> very = [.. before.Intervals.Where(x => span is null || (x.EndedAt > span.From && x.EndedAt <= span.To))];
        var inBaseline = LatencyJudge.Iops(very.Count > 0 ? very : [.. before.Intervals.Where(IsThen)]);
        var (was, now) = (span is null ? inBaseline : Math.Max(inBaseline, before.Counts.Sum() / span.Seconds), LatencyJudge.Iops(like));
        if (was > 0 && now > 0 && (was > now * LatencyJudge.MostLoadRatio || now > was * LatencyJudge.MostLoadRatio))
        {
            return (null, LatencyJudge.Say($"the histograms are of different loads: {was:0} IOPS before, {now:0} after"));
        }

        return (new SingleIos(after with { Intervals = like }, Math.Min(before.Counted?.Seconds ?? double.MaxValue, before.Counts.Sum() / Math.Max(was, 1e-9))), null);
    }
}
