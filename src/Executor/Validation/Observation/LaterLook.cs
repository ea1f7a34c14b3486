using System.Globalization;

namespace Migrate.Executor.Validation.Observation;

/// <summary>Whether another look, after more time, could end what the last one left open. Pure.</summary>
internal static class LaterLook
{
    /// <summary>What forbids trust does not go away, and hours that the baseline lacks do not come.</summary>
    public static bool MayDecide(Verdict verdict, ObservationState state) =>
        verdict.Aspects.Single(x => x.Aspect == Aspect.Latency).Outcome == Outcome.Inconclusive
        && verdict.Latencies.Any(x => x is { TimeMayDecide: true, Idle: false });

    /// <summary>In a sentence, for the log and whoever looks at the run.</summary>
    public static string Says(int look, double alpha, Verdict verdict, IReadOnlyList<ObservedLatency> observed)
    {
        var latency = verdict.Aspects.Single(x => x.Aspect == Aspect.Latency);
        var operations = observed.Sum(x => x.Read.Intervals.Sum(y => y.Operations) + x.Write.Intervals.Sum(y => y.Operations));
        return string.Create(
            CultureInfo.InvariantCulture, $"Look {look} (error {alpha:0.####}) at {operations:0} I/Os: latency {latency.Outcome}. {latency.Statement}");
    }
}
