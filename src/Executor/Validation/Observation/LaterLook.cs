using System.Globalization;

namespace Migrate.Executor.Validation.Observation;

/// <summary>Whether another look, after more time, could end what the last one left open. Pure.</summary>
internal static class LaterLook
{
    /// <summary>A source that nobody knows, or whose figures are another machine's, is none the better known for it; neither does what forbids trust go away.</summary>
    public static bool MayDecide(Verdict verdict, Evidence evidence, ObservationState state) =>
        verdict.Aspects.Single(x => x.Aspect == Aspect.Latency).Outcome == Outcome.Inconclusive
        && evidence is { SourceIsSimulated: false, DomainType: "kvm", Baseline: not null, SourceMachine: not null, DestinationMachine: not null }
        && evidence.SourceMachine == evidence.DestinationMachine
        && state.Disks.Any(disk => ObservationRefusals.MayPass(state.Notes, disk.DiskKey)
            && evidence.Baseline.Disks.Any(x => x.DiskKey == disk.DiskKey && x.Samples.Count > 0));

    /// <summary>In a sentence, for the log and whoever looks at the run.</summary>
    public static string Says(int look, double alpha, Verdict verdict, IReadOnlyList<ObservedLatency> observed)
    {
        var latency = verdict.Aspects.Single(x => x.Aspect == Aspect.Latency);
        var operations = observed.Sum(x => x.Read.Intervals.Sum(y => y.Operations) + x.Write.Intervals.Sum(y => y.Operations));
        return string.Create(
            CultureInfo.InvariantCulture, $"Look {look} (error {alpha:0.####}) at {operations:0} I/Os: latency {latency.Outcome}. {latency.Statement}");
    }
}
