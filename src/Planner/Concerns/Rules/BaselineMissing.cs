namespace Migrate.Planner.Concerns.Rules;

internal sealed class BaselineMissing : IConcernRule
{
    public string Id => "baseline.missing";

    public string Label => "No baseline";

    public string Finds => "Information when nothing is known of how the VM's storage behaves, so that what rules say of load is unknown.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "Migrate compares latencies before and after a move only where it has a baseline";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Plan is not null && context.Baseline is null)
        {
            yield return this.Find(ConcernSeverity.Information, context.Vm.Name,
                "No baseline of the VM was collected: whether the target is fast enough for it, and whether its storage is slower afterwards, cannot be said.",
                "Collect a baseline for some days while the VM does its usual work.");
        }
    }
}
