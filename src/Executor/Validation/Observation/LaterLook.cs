using System.Globalization;
using Migrate.Executor.Domains;
using Migrate.Executor.Validation.Latency;

namespace Migrate.Executor.Validation.Observation;

/// <summary>Whether another look, after more time, could end what the last one left open. Pure.</summary>
internal static class LaterLook
{
    /// <summary>What forbids trust does not go away, and hours that the baseline lacks do not come. What has failed by anything else is known now: later waves wait for that word.</summary>
    public static bool MayDecide(Verdict verdict, ObservationState state) =>
        verdict.Outcome != Outcome.Fail && verdict.Aspects.Single(x => x.Aspect == Aspect.Latency).Outcome == Outcome.Inconclusive
        && verdict.Latencies.Any(x => x is { TimeMayDecide: true, Idle: false });

    /// <summary>The same before anything was observed: whether there is a baseline that what will be seen can be compared with.</summary>
    /// <param name="basis">All that is known before.</param>
    /// <param name="disks">Those of the domain.</param>
    public static bool MayDecide(Evidence basis, IReadOnlyList<DomainDisk> disks) => LatencyJudge.Compare(
        LatencyAspect.DisksOf(basis with { Observed = [.. disks.Select(x => new ObservedLatency(x.DiskKey, x.Label, LatencyEvidence.None, LatencyEvidence.None))] }), LookSchedule.Alpha)
        .Any(x => x.TimeMayDecide);

    /// <summary>In a sentence, for the log and whoever looks at the run.</summary>
    public static string Says(int look, double alpha, Verdict verdict, IReadOnlyList<ObservedLatency> observed)
    {
        var latency = verdict.Aspects.Single(x => x.Aspect == Aspect.Latency);
        var operations = observed.Sum(x => x.Read.Intervals.Sum(y => y.Operations) + x.Write.Intervals.Sum(y => y.Operations));
        return string.Create(
            CultureInfo.InvariantCulture, $"Look {look} (error {alpha:0.####}) at {operations:0} I/Os: latency {latency.Outcome}. {latency.Statement}");
    }
}
