namespace Migrate.Planner.Concerns.Rules;

internal sealed class ResourceLimit : IConcernRule
{
    public string Id => "vm.resource-limit";

    public string Label => "CPU or memory limit";

    public string Finds => "Warning when the VM's CPU or memory is limited below what it was given.";

    public string Assessment => "The VM's CPU or memory is limited in vSphere. The domain gets all that the VM was given: it may take more than before, and its baseline is one of a throttled VM.";

    public string Remedy => "Give the domain cputune or less memory if the limit was there for a reason.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere API ResourceAllocationInfo.limit";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.Resources.Cpu.Limit is not null || (context.Vm.Resources.Memory.Limit is { } memory && memory < context.Vm.MemoryBytes))
        {
            yield return this.Find(ConcernSeverity.Warning, context.Vm.Name,
                Assessment,
                Remedy);
        }
    }
}
