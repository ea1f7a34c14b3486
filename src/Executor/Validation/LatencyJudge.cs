using System.Globalization;

namespace Migrate.Executor.Validation;

/// <summary>
/// Compares latency before and after, and first whether it may be compared at all. Only means are judged: the source gives means of
/// 20 s intervals, which weighted by their I/Os make the exact mean over all I/Os, but whose quantiles are not those of single I/Os.
/// QEMU's quantiles are shown as the histogram bins that hold them.
/// </summary>
internal static class LatencyJudge
{
    private const int FewestOperations = 1000;
    private const int FewestSamples = 50;
    private const double MostLoadRatio = 2;

    public static IReadOnlyList<LatencyComparison> Compare(Evidence evidence)
    {
        var common = WhyNotComparable(evidence);
        return [.. evidence.Measurements.SelectMany(m =>
        {
            var samples = evidence.Baseline?.Disks.FirstOrDefault(d => d.DiskKey == m.DiskKey)?.Samples ?? [];
            return new[]
            {
                Row(m, "read", m.Read, LatencySeries.Reads(samples), common.Count == 0),
                Row(m, "write", m.Write, LatencySeries.Writes(samples), common.Count == 0),
            };
        })];
    }

    public static AspectVerdict Aspect(Evidence evidence, IReadOnlyList<LatencyComparison> rows)
    {
        var reasons = WhyNotComparable(evidence).Concat(rows.Select(r => $"{r.Label}, {r.Direction}: {r.Statement}")).ToList();
        var outcome = VerdictJudge.Overall(rows.Select(r => r.Outcome));
        var statement = outcome switch
        {
            Outcome.Pass => "Mean latency is no worse than before, by the margin of non-inferiority.",
            Outcome.Fail => "Mean latency is worse than before, beyond the margin of non-inferiority.",
            _ => "The figures before and after do not allow a judgement.",
        };
        return new(Validation.Aspect.Latency, outcome, statement, reasons);
    }

    /// <summary>What forbids a comparison of the whole VM.</summary>
    private static List<string> WhyNotComparable(Evidence evidence)
    {
        var reasons = new List<string>();
        if (evidence.Measurements.Count == 0)
        {
            reasons.Add("the running guest's latency was not measured");
        }
        if (evidence.Baseline is null || evidence.Baseline.Disks.All(d => d.Samples.Count == 0))
        {
            reasons.Add("there is no baseline from the source");
        }
        if (evidence.SourceIsSimulated)
        {
            reasons.Add("the source is a simulator: its counters describe no real storage");
        }
        if (evidence.DomainType != "kvm")
        {
            reasons.Add("the guest runs emulated, without KVM: its latency is the emulator's");
        }
        if (evidence.SourceMachine is null || evidence.DestinationMachine is null)
        {
            reasons.Add("it is not known whether both figures come from like machines");
        }
        else if (evidence.SourceMachine != evidence.DestinationMachine)
        {
            reasons.Add($"the figures come from different machines: {evidence.SourceMachine} before, {evidence.DestinationMachine} after");
        }
        return reasons;
    }

    private static LatencyComparison Row(LatencyMeasurement measured, string direction, DirectionMeasurement after, LatencySeries before, bool comparable)
    {
        var obstacles = Obstacles(after, before, measured.ObservedSeconds);
        var (outcome, statement) = (comparable, obstacles) switch
        {
            (_, { Count: > 0 }) => (Outcome.Inconclusive, string.Join("; ", obstacles)),
            (false, _) => (Outcome.Inconclusive, "not judged, because the figures are not comparable"),
            _ => NonInferiority.Judge(before, after),
        };
        return new LatencyComparison
        {
            DiskKey = measured.DiskKey,
            Label = measured.Label,
            Direction = direction,
            Outcome = outcome,
            Statement = statement,
            BeforeMeanUs = before.MeanUs,
            BeforeIops = before.Iops,
            BeforeSamples = before.Points.Count,
            AfterMeanUs = after.MeanMicroseconds,
            AfterIops = measured.ObservedSeconds > 0 ? after.Operations / measured.ObservedSeconds : 0,
            AfterOperations = after.Operations,
            P50 = after.Quantile(0.50),
            P95 = after.Quantile(0.95),
            P99 = after.Quantile(0.99),
            Bins = after.Bins,
        };
    }

    /// <summary>What forbids a comparison of one disk in one direction.</summary>
    private static List<string> Obstacles(DirectionMeasurement after, LatencySeries before, double seconds)
    {
        var obstacles = new List<string>();
        if (before.Points.Count < FewestSamples)
        {
            obstacles.Add(Say($"the baseline has {before.Points.Count} intervals with I/O and known IOPS, {FewestSamples} are needed"));
        }
        if (after.Operations < FewestOperations)
        {
            obstacles.Add(Say($"{after.Operations} I/Os were observed, {FewestOperations} are needed"));
        }
        if (after.Operations > 0 && before.Points.Count > 0 && seconds > 0)
        {
            Differ("IOPS", before.Iops, after.Operations / seconds, obstacles);
            if (before.BytesPerOperation is { } size)
            {
                Differ("bytes per I/O", size, (double)after.Bytes / after.Operations, obstacles);
            }
        }
        return obstacles;
    }

    private static void Differ(string what, double before, double after, List<string> obstacles)
    {
        if (before > after * MostLoadRatio || after > before * MostLoadRatio)
        {
            obstacles.Add(Say($"the load is different: {before:0} {what} before, {after:0} after"));
        }
    }

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
