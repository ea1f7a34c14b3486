using Migrate.Planner.Baselines.Trust;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class BaselineCounters : IConcernRule
{
    public string Id => "baseline.counters";

    public string Label => "Counters that the source does not give";

    public string Finds => "Warning when latencies come in whole milliseconds only, Information when other counters are missing.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere collects microseconds, sizes and seeks per disk at statistics level 4 only";

    public IEnumerable<Concern> Judge(ConcernContext context) =>
        this.FindReasons(context, "Raise the statistics level of the source.", TrustCode.LatencyInMilliseconds, TrustCode.CountersMissing);
}
