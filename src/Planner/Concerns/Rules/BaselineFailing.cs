namespace Migrate.Planner.Concerns.Rules;

internal sealed class BaselineFailing : IConcernRule
{
    public string Id => "baseline.failing";

    public string Label => "Collection of the baseline fails";

    public string Finds => "Warning when the VM's counters are to be collected and the last poll failed.";

    public string Assessment => "The VM's counters are not being read. The source keeps 20 s samples for an hour, so that a longer failure leaves a gap that nothing closes.";

    public string Remedy => "Mend that within the hour that the source keeps samples; see migrate baseline status.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "PerformanceManager keeps 20 s samples for an hour; what is not fetched by then is lost";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Collection is { StoppedAt: null, Error: { } error })
        {
            yield return this.Find(ConcernSeverity.Warning, context.Vm.Name, $"The last poll of the VM's counters failed: {error}",
                Remedy);
        }
    }
}
