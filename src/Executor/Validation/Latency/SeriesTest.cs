using MathNet.Numerics.Distributions;

namespace Migrate.Executor.Validation.Latency;

/// <summary>
/// The secondary test: of one figure x of the latencies of intervals, is after(x) below m(before(x))? On r = ln after(x) − ln m(before(x)), with standard
/// errors from draws of blocks and Student's t. Formulas: docs/verdict.md.
/// </summary>
/// <param name="Metric">The figure.</param>
/// <param name="Before">With its band.</param>
/// <param name="After">With its band.</param>
/// <param name="LimitUs">m(before).</param>
/// <param name="Ratio">r.</param>
/// <param name="Error">Its standard error, each side as certain as it looks by itself.</param>
/// <param name="ErrorOfPass">Its standard error, neither side surer than the other one.</param>
/// <param name="Freedom">Degrees of both.</param>
/// <param name="Quieter">How many times as small, per block, the variance after is as that before; 1 where it is not smaller.</param>
internal sealed record SeriesTest(LatencyMetric Metric, Band Before, Band After, double LimitUs, double Ratio, double Error, double ErrorOfPass, double Freedom, double Quieter)
{
    /// <summary>Fewer than this, and the errors are known too badly to pass anything.</summary>
    internal const double LeastFreedom = 8;
    private const double LeastUs = 1e-3;
    private const double MostRatio = 7;

    public bool Passes(double alpha) => Freedom >= LeastFreedom && Ratio + Reach(ErrorOfPass, alpha) < 0;

    /// <summary>How likely at least such a difference is where the latency is what it may come to.</summary>
    public double FailProbability => Error > 0 ? StudentT.CDF(0, 1, Freedom, -Ratio / Error) : Ratio > 0 ? 0 : 1;

    /// <summary>How many times as long one would have to observe until it passes or fails, if it goes on like this; null where that is no matter of time.</summary>
    public double? TimesLonger(double alpha) => Ratio == 0 ? null : Math.Max(LeastFreedom / Freedom, Math.Pow(Reach(Ratio < 0 ? ErrorOfPass : Error, alpha) / Ratio, 2));

    public FigureComparison Conclude(Outcome outcome, double alpha) =>
        new(Metric, Before, After, LimitUs, Bound(Ratio - Reach(Error, alpha)), Bound(Ratio + Reach(ErrorOfPass, alpha)), outcome);

    public static IReadOnlyList<SeriesTest> Of(WeightedSeries before, int lengthBefore, WeightedSeries after, int lengthAfter, LatencyMargins margins)
    {
        var random = new Random(20_101); // Always the same draws: the same evidence gives the same verdict.
        double blocksBefore = before.BlocksAbove(0, 0, lengthBefore), blocksAfter = after.BlocksAbove(0, 0, lengthAfter);
        var (was, now) = (Spread.Of(before, lengthBefore, random), Spread.Of(after, lengthAfter, random));
        return
        [
            .. Enum.GetValues<LatencyMetric>().Select((metric, k) =>
            {
                var limit = margins.Of(metric, was[k].Us);
                // Quiet hours look certain: to pass, a side is taken to be no surer than the other one would be of as many blocks. Else the luckiest day passes.
                var surestBefore = Math.Max(was[k].Error, now[k].Error * Math.Sqrt(blocksAfter / blocksBefore));
                var surestAfter = Math.Max(now[k].Error, was[k].Error * Math.Sqrt(blocksBefore / blocksAfter));
                // The absolute part of the margin does not vary: ln m(x) moves by less than ln x does.
                var slope = 1 - (margins.AbsoluteUs / limit);
                double Join(double errorBefore, double errorAfter) => Math.Sqrt((errorAfter * errorAfter) + (slope * slope * errorBefore * errorBefore));
                var freedom = Math.Max(1, before.BlocksAbove(k, was[k].Us, lengthBefore) + after.BlocksAbove(k, now[k].Us, lengthAfter) - 2);
                return new SeriesTest(
                    metric, was[k].Band, now[k].Band, limit, Math.Log(Math.Max(now[k].Us, LeastUs) / limit),
                    Join(was[k].Error, now[k].Error), Join(surestBefore, surestAfter), freedom, now[k].Error > 0 ? Math.Max(1, Math.Pow(surestAfter / now[k].Error, 2)) : 1);
            }),
        ];
    }

    /// <summary>Nothing is said of what is known to no power of ten.</summary>
    private double? Bound(double ratio) => Math.Abs(ratio) < MostRatio ? LimitUs * Math.Exp(ratio) : null;

    private double Reach(double error, double alpha) => StudentQuantile.Upper(Freedom, alpha) * error;

    /// <summary>A figure, the standard error of its logarithm, and where nine of ten draws lie.</summary>
    private sealed record Spread(double Us, double Error, Band Band)
    {
        public static Spread[] Of(WeightedSeries series, int blockLength, Random random)
        {
            var figures = series.Figures();
            var draws = BlockBootstrap.Draw(series, blockLength, random);
            return
            [
                .. figures.Select((us, k) =>
                {
                    var sorted = draws.Select(x => x[k]).Order().ToArray();
                    var logs = sorted.Select(x => Math.Log(Math.Max(x, LeastUs))).ToArray();
                    var mean = logs.Average();
                    var error = Math.Sqrt(logs.Sum(x => (x - mean) * (x - mean)) / (logs.Length - 1));
                    return new Spread(us, error, new Band(us, sorted[sorted.Length / 20], sorted[^(1 + (sorted.Length / 20))]));
                }),
            ];
        }
    }
}
