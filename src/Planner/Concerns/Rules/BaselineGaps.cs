namespace Migrate.Planner.Concerns.Rules;

internal sealed class BaselineGaps : IConcernRule
{
    public string Id => "baseline.gaps";

    public string Label => "Baseline with gaps";

    public string Finds => "Warning when less than 90 % of the baseline's intervals have values, or counters are missing.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "PerformanceManager keeps 20 s samples for an hour; level 4 counters are off by default";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Baseline is { } baseline && (baseline.Coverage < 0.9 || baseline.MissingCounters.Count > 0))
        {
            yield return this.Find(ConcernSeverity.Warning, context.Vm.Name,
                $"{baseline.Coverage * 100:0} % of the baseline's intervals have values" + (baseline.MissingCounters.Count > 0 ? $", and {string.Join(", ", baseline.MissingCounters.Take(3))} are missing." : "."),
                "Collect again without interruptions, with the counters that are missing.");
        }
    }
}
