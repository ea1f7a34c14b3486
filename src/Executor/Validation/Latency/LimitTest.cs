using MathNet.Numerics.Distributions;

namespace Migrate.Executor.Validation.Latency;

/// <summary>
/// The primary test at one limit of the histogram before: of the I/Os after the move, is the share that is slower than what the limit may come to at most the
/// share that was above the limit before, and what it may grow by? Wilson's bounds (1927) of both shares, joined as Newcombe's method 10 (1998) does.
/// Formulas: docs/verdict.md.
/// </summary>
/// <param name="LimitBeforeUs">Limit of the histogram before.</param>
/// <param name="LimitAfterUs">Limit of the one after which it is laid beside: the first that is not below what the margin allows.</param>
/// <param name="AboveBefore">Share (0…1) of I/Os above.</param>
/// <param name="AboveAfter">Share (0…1) of I/Os above.</param>
internal sealed record LimitTest(double LimitBeforeUs, double LimitAfterUs, double AboveBefore, double AboveAfter, Func<double, double> EffectiveBefore, Func<double, double> EffectiveAfter, LatencyMargins Margins)
{
    /// <summary>A limit after that is farther from what the margin allows than this would forgive too much.</summary>
    private const double Farthest = 1.25;
    private const double LeastProbability = 1e-9;
    private const double Forever = 1e12;

    public double Allowed => May(AboveBefore);

    public bool Passes(double alpha) => Bounds(alpha).Upper < 0;

    /// <summary>Whether it would pass if the time after the move were known for ever, as far as that looks now: else the histogram before is too short to decide.</summary>
    public bool MayPass(double alpha) => (this with { EffectiveAfter = _ => Forever }).Passes(alpha);

    public bool Fails(double alpha) => Bounds(alpha).Lower > 0;

    /// <summary>Of how many more are above than may be, each with this one-sided error.</summary>
    internal (double Lower, double Upper) Bounds(double alpha)
    {
        var before = Wilson(AboveBefore, EffectiveBefore(alpha), alpha);
        var after = Wilson(AboveAfter, EffectiveAfter(alpha), alpha);
        var more = AboveAfter - Allowed;
        return (more - Distance(AboveAfter - after.Lower, May(before.Upper) - Allowed), more + Distance(after.Upper - AboveAfter, Allowed - May(before.Lower)));
    }

    /// <summary>The smallest one-sided error at which it fails: what Holm's method orders by.</summary>
    public double FailProbability
    {
        get
        {
            if (AboveAfter <= Allowed || !Fails(0.4999))
            {
                return 1;
            }

            // Fails at any larger error as well: found by halving the logarithm.
            double low = Math.Log(LeastProbability), high = Math.Log(0.4999);
            if (Fails(LeastProbability))
            {
                return LeastProbability;
            }

            for (var i = 0; i < 40; i++)
            {
                var middle = (low + high) / 2;
                (low, high) = Fails(Math.Exp(middle)) ? (low, middle) : (middle, high);
            }

            return Math.Exp(high);
        }
    }

    /// <summary>One for each limit of the histogram before that the one after has a counterpart of.</summary>
    /// <param name="before">With a histogram.</param>
    /// <param name="after">With one for each interval.</param>
    /// <param name="blockLength">Of intervals after.</param>
    /// <param name="quieter">How many times as certain the side after looks as the one before did: by so much less its dependence is believed.</param>
    /// <param name="secondsBefore">For how long the histogram before was counted.</param>
    /// <param name="margins">Of the verdict.</param>
    public static IReadOnlyList<LimitTest> Of(LatencyEvidence before, LatencyEvidence after, int blockLength, double quieter, double secondsBefore, LatencyMargins margins)
    {
        var byInterval = before.Intervals.Any(x => x.Counts is not null) ? EffectiveCounts.Of(before.Intervals, before.LimitsUs.Count, blockLength) : null;
        var pairs = Pairs(before.LimitsUs, byInterval is null ? SharesAbove(before.Counts) : [.. before.LimitsUs.Select((_, i) => byInterval.Above(i))], after.LimitsUs, margins);
        var countsAfter = EffectiveCounts.Of(after.Intervals, after.LimitsUs.Count, blockLength);
        var countsBefore = byInterval ?? EffectiveCounts.Of(before.Counts, secondsBefore, countsAfter, limit => pairs.TryGetValue(limit, out var index) ? index : null);
        return
        [
            .. pairs.OrderBy(x => x.Key)
                .Select(x => new LimitTest(
                    before.LimitsUs[x.Key], after.LimitsUs[x.Value], countsBefore.Above(x.Key), countsAfter.Above(x.Value),
                    alpha => countsBefore.Effective(x.Key, alpha) / (byInterval is null ? quieter : 1), alpha => countsAfter.Effective(x.Value, alpha) / quieter, margins))
                .Where(x => x.Allowed < 1), // More than all of them cannot be above.
        ];
    }

    /// <summary>Indices of limits before, each with that of the limit after; of several with the same, the largest.</summary>
    internal static Dictionary<int, int> Pairs(IReadOnlyList<long> before, IReadOnlyList<double> above, IReadOnlyList<long> after, LatencyMargins margins)
    {
        var found = new Dictionary<int, int>();
        for (var k = 0; k < after.Count; k++)
        {
            var best = -1;
            for (var j = 0; j < before.Count; j++)
            {
                var may = margins.OfLimit(before[j], above[j]);
                if (may <= after[k] && after[k] <= may * Farthest && (k == 0 || after[k - 1] < may))
                {
                    best = j;
                }
            }

            if (best >= 0)
            {
                found[best] = k;
            }
        }

        return found;
    }

    private static double[] SharesAbove(IReadOnlyList<long> counts)
    {
        double total = Math.Max(1, counts.Sum());
        return [.. Enumerable.Range(1, counts.Count - 1).Select(bin => counts.Skip(bin).Sum() / total)];
    }

    internal static (double Lower, double Upper) Wilson(double share, double count, double alpha)
    {
        if (count <= 0)
        {
            return (0, 1);
        }

        var z = Normal.InvCDF(0, 1, 1 - alpha);
        var middle = (share + (z * z / (2 * count))) / (1 + (z * z / count));
        var reach = z / (1 + (z * z / count)) * Math.Sqrt((share * (1 - share) / count) + (z * z / (4 * count * count)));
        return (Math.Max(0, middle - reach), Math.Min(1, middle + reach));
    }

    private double May(double above) => above + Margins.OfShare(above);

    private static double Distance(double a, double b) => Math.Sqrt((a * a) + (b * b));
}
