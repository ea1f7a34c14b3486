using Migrate.Executor.Validation;
using Migrate.Executor.Validation.Latency;
using Migrate.Executor.Validation.Observation;
using Migrate.Planner.Baselines.Histograms;

namespace Migrate.Benchmarks.Verdict;

/// <summary>How often the verdict is right about disks whose truth is known, because they are made up.</summary>
internal sealed class Calibration(LatencyWorld world, TimeSpan before, TimeSpan after)
{
    private const double Alpha = 0.05;
    private static readonly DateTime Day = new(2026, 1, 5, 0, 0, 0, DateTimeKind.Utc);
    private static readonly LatencyMargins Margins = LatencyMargins.Standard;
    private static readonly long[] VscsiStats = [1, 10, 100, 500, 1000, 5000, 15_000, 30_000, 50_000, 100_000];

    /// <summary>What is right and what is plainly wrong.</summary>
    public IReadOnlyList<Move> Moves()
    {
        var (p90, p99) = (Quantile(0.90), Quantile(0.99));
        return [new Move("equal", us => us), new Move("p99 doubled", us => us * (1 + Ramp(us, p90, p99))), new Move("all doubled", us => us * 2)];
    }

    /// <summary>What is exactly where a figure of the means may come to: at all of them, or at one and well within the others.</summary>
    public IReadOnlyList<Move> FiguresAtTheMargin()
    {
        var (p80, p90, p95, p99) = (Quantile(0.80), Quantile(0.90), Quantile(0.95), Quantile(0.99));
        return
        [
            new Move("all at the margin", us => Margins.Of(LatencyMetric.P50, us)),
            new Move("p95 at the margin", us => us + ((Margins.Of(LatencyMetric.P95, us) - us) * Ramp(us, p80, p95))),
            new Move("p99 at the margin", us => us + ((Margins.Of(LatencyMetric.P99, us) - us) * Ramp(us, p90, p99))),
        ];
    }

    /// <summary>The least favourable one for the histogram: every limit where the margin has it, and at one of them as many I/Os more as are allowed.</summary>
    public Move LimitAtTheMargin()
    {
        var big = world.Observe(Day, TimeSpan.FromDays(20), new Random(1), limitsUs: VscsiStats);
        var counts = Enumerable.Range(0, VscsiStats.Length + 1).Select(bin => (double)big.Sum(x => x.Counts![bin])).ToArray();
        double Above(int limit) => counts.Skip(limit + 1).Sum() / counts.Sum();
        // Not one of the tail, whose larger margin would put all the others beyond theirs.
        var limit = Enumerable.Range(0, VscsiStats.Length).Where(k => Margins.OfLimit(1000, Above(k)) <= Margins.Of(LatencyMetric.P50, 1000)).MinBy(k => Math.Abs(Above(k) - 0.2));
        return new Move("a limit at the margin", us => Margins.OfLimit(us, Above(limit)), (After(VscsiStats[limit], Above(limit)), Margins.OfShare(Above(limit))));
    }

    /// <summary>Shares of Pass and Fail among so many pairs of days.</summary>
    public (double Pass, double Fail) Run(Move move, bool histograms, int pairs)
    {
        int pass = 0, fail = 0;
        Parallel.For(0, pairs, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, pair =>
        {
            var was = world.Observe(Day, before, new Random(1_000_000 + pair), limitsUs: histograms ? VscsiStats : null);
            var now = world.Observe(Day.AddDays(14), after, new Random(2_000_000 + pair), move, histograms ? HistogramGrid.LimitsUs : null);
            var evidence = new DiskLatency(
                2000, "Hard disk 1", "write",
                // vscsiStats gives one histogram of all of the time.
                new LatencyEvidence { Intervals = [.. was.Select(x => x with { Counts = null })], LimitsUs = histograms ? VscsiStats : [], Counts = histograms ? Sum(was) : [], Counted = new CountedSpan(Day, Day + before) },
                new LatencyEvidence { Intervals = now, LimitsUs = histograms ? HistogramGrid.LimitsUs : [], Counts = histograms ? Sum(now) : [] });
            var outcome = LatencyJudge.Compare([evidence], Alpha)[0].Outcome;
            _ = outcome switch
            {
                Outcome.Pass => Interlocked.Increment(ref pass),
                Outcome.Fail => Interlocked.Increment(ref fail),
                _ => 0,
            };
        });
        return ((double)pass / pairs, (double)fail / pairs);
    }

    private static long After(long limitBefore, double above) => HistogramGrid.LimitsUs.First(us => us >= Margins.OfLimit(limitBefore, above));

    private static double Ramp(double us, double from, double to) => Math.Clamp(Math.Log(us / from) / Math.Log(to / from), 0, 1);

    private static long[] Sum(IReadOnlyList<LatencyInterval> intervals)
    {
        var counts = new long[intervals[0].Counts!.Count];
        foreach (var interval in intervals)
        {
            for (var bin = 0; bin < counts.Length; bin++)
            {
                counts[bin] += interval.Counts![bin];
            }
        }

        return counts;
    }

    /// <summary>Of the intervals' means over I/Os, from two months.</summary>
    private double Quantile(double share)
    {
        var sorted = world.Observe(Day, TimeSpan.FromDays(60), new Random(1)).OrderBy(x => x.MeanUs).ToList();
        var left = share * sorted.Sum(x => x.Operations);
        return sorted.First(x => (left -= x.Operations) <= 0).MeanUs;
    }
}
