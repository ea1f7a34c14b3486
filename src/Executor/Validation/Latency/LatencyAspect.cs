using Migrate.Executor.Validation.Causes;
using Migrate.Executor.Validation.Observation;

namespace Migrate.Executor.Validation.Latency;

/// <summary>What the comparisons of a VM's disks come to.</summary>
internal static class LatencyAspect
{
    /// <summary>Both sides of each disk and direction, with everything that forbids to decide by them.</summary>
    public static IReadOnlyList<DiskLatency> DisksOf(Evidence evidence) =>
    [
        .. evidence.Observed.SelectMany(disk => new[]
        {
            RowOf(evidence, disk, "read", disk.Read),
            RowOf(evidence, disk, "write", disk.Write),
        }),
    ];

    public static AspectVerdict Of(Evidence evidence, IReadOnlyList<LatencyComparison> rows)
    {
        // What has no I/O to speak of on either side keeps nobody waiting; but if that is all there is, nothing was shown.
        var outcome = VerdictJudge.Overall(rows.Where(x => !x.Idle).Select(x => x.Outcome));
        var statement = outcome switch
        {
            Outcome.Pass => "Latency is no worse than before, by the margins of non-inferiority.",
            Outcome.Fail => "Latency is worse than before, beyond the margins of non-inferiority.",
            _ => "What was seen before and after does not decide whether latency is as good as before.",
        };
        return new(Aspect.Latency, outcome, statement, [.. ReasonsOf(rows), .. CausesOf(evidence, outcome), .. ConditionsOf(evidence)]);
    }

    private static DiskLatency RowOf(Evidence evidence, ObservedLatency disk, string direction, LatencyEvidence after)
    {
        var before = BaselineLatency.Of(evidence.Baseline, evidence.Histograms, disk.DiskKey, direction);
        List<string> untrueBefore = evidence.SourceIsSimulated ? ["the source is a simulator: its counters describe no real storage"] : [];
        List<string> untrueAfter = evidence.DomainType == "kvm" ? [] : ["the guest runs emulated, without KVM: its latency is the emulator's"];
        return new DiskLatency(
            disk.DiskKey, disk.Label, direction,
            before with { Refusals = [.. untrueBefore, .. before.Refusals] },
            after with { Refusals = [.. untrueAfter, .. after.Refusals] });
    }

    private static IEnumerable<string> ReasonsOf(IReadOnlyList<LatencyComparison> rows)
    {
        if (rows.Count == 0)
        {
            return ["the running guest's latency was not measured"];
        }

        // What is missing of all of them is said once.
        var common = rows.Count == 1 ? [] : rows[0].Missing.Where(x => rows.All(row => row.Missing.Contains(x))).ToList();
        return
        [
            .. common.Select(x => $"all disks: {x}"),
            .. rows.Where(row => row.Missing.Count == 0 || row.Missing.Except(common).Any())
                .Select(row => $"{row.Label}, {row.Direction}: {(row.Idle ? "idle" : row.Outcome)}. {(row.Missing.Count == 0 ? row.Statement : string.Join("; ", row.Missing.Except(common)))}"),
        ];
    }

    /// <summary>Only what is worse has a cause to look for.</summary>
    private static IEnumerable<string> CausesOf(Evidence evidence, Outcome outcome) =>
        outcome == Outcome.Fail && evidence.Around is { } around ? LatencyCauses.Suggest(around).Select(x => $"likely cause: {x}") : [];

    /// <summary>What is different on the two sides and forbids nothing: whoever reads the verdict should know.</summary>
    private static IEnumerable<string> ConditionsOf(Evidence evidence)
    {
        if (evidence.SourceMachine is null || evidence.DestinationMachine is null)
        {
            return ["condition: it is not known which machines the figures come from"];
        }

        return evidence.SourceMachine == evidence.DestinationMachine ? [] : [$"condition: the machine was {evidence.SourceMachine} before and is {evidence.DestinationMachine} now"];
    }
}
