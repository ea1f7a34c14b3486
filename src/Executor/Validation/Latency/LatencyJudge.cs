using System.Globalization;

namespace Migrate.Executor.Validation.Latency;

/// <summary>One disk and direction of a VM, observed before and after.</summary>
public sealed record DiskLatency(int DiskKey, string Label, string Direction, LatencyEvidence Before, LatencyEvidence After);

/// <summary>
/// Is latency after the move no worse than before, at comparable load? Formulas and their sources: docs/verdict.md. Passing needs every test of the disk and
/// direction to pass; failing needs one test to fail that stands although all disks, directions and tests of the VM were looked at (Holm).
/// </summary>
public static class LatencyJudge
{
    /// <summary>Fewer intervals than this with enough I/O decide nothing.</summary>
    internal const int FewestIntervals = 50;
    /// <summary>Intervals with fewer I/Os per second have means of a handful of I/Os.</summary>
    internal const double LeastIops = 5;
    internal const double LeastCoverage = 0.5;
    /// <summary>An interval that is longer than two of the usual is no mean of 20 s: whoever looked was away meanwhile.</summary>
    internal const double LongestSeconds = 45;
    /// <summary>So long a side must have been seen for its idleness to be believed.</summary>
    internal const double IdleSeconds = 1000;
    internal const double MostLoadRatio = 2;

    public static IReadOnlyList<LatencyComparison> Compare(IReadOnlyList<DiskLatency> disks, double alpha, LatencyMargins? margins = null)
    {
        var tests = disks.Select(disk => RowTests.Of(disk, margins ?? LatencyMargins.Standard)).ToList();
        // Every disk, direction, figure and limit is a chance to find a difference that is none.
        var found = Holm.Find([.. tests.SelectMany(x => x.FailProbabilities)], alpha);
        var at = 0;
        return
        [
            .. tests.Select(test =>
            {
                var own = found.AsSpan(at, test.FailProbabilities.Count).ToArray();
                at += own.Length;
                return test.Conclude(own, alpha);
            }),
        ];
    }

    internal static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    internal static double Iops(IReadOnlyList<LatencyInterval> intervals) =>
        intervals.Sum(x => x.Seconds) is var seconds and > 0 ? intervals.Sum(x => x.Operations) / seconds : 0;
}
