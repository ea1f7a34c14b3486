namespace Migrate.Planner.Concerns.Rules;

internal sealed class PerformanceCounters : IConcernRule
{
    public string Id => "vm.performance-counters";

    public string Label => "CPU performance counters";

    public string Finds => "Information when the guest sees performance counters of the CPU.";

    public string Assessment => "The guest sees the CPU's performance counters. The domain shows those of its CPU mode.";

    public string Remedy => "Check profilers in the guest after the move.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "vSphere API vPMCEnabled";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.Resources.PerformanceCounters)
        {
            yield return this.Find(ConcernSeverity.Information, context.Vm.Name,
                Assessment,
                Remedy);
        }
    }
}
