using Migrate.Planner.Baselines.Trust;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class BaselineCounters : IConcernRule
{
    public string Id => "baseline.counters";

    public string Label => "Counters that the source does not give";

    public string Finds => "Warning when latencies come in whole milliseconds only, Information when other counters are missing.";

    public string Assessment => "The source gives latencies in whole milliseconds only, or lacks sizes, queues or seeks: a disk that answers in 200 µs reads as 0, and some figures stay empty.";

    public string Remedy => "Raise the statistics level of the source.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere collects microseconds, sizes and seeks per disk at statistics level 4 only";

    public IEnumerable<Concern> Judge(ConcernContext context) =>
        this.FindReasons(context, Remedy, TrustCode.LatencyInMilliseconds, TrustCode.CountersMissing);
}
