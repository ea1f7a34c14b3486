namespace Migrate.Planner.Concerns.Rules;

internal sealed class MemoryLocked : IConcernRule
{
    public string Id => "vm.memory-reserved";

    public string Label => "All memory reserved";

    public string Finds => "Information when all of the VM's memory is reserved, which a domain's is not unless locked.";

    public string Assessment => "All memory of the VM is reserved. The domain's memory may be swapped out by the KVM host.";

    public string Remedy => "Add memoryBacking/locked to the domain if the guest needs it, or keep the host from swapping.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "vSphere API memoryReservationLockedToMax; libvirt memoryBacking/locked";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.Resources.MemoryReservationLocked)
        {
            yield return this.Find(ConcernSeverity.Information, context.Vm.Name,
                Assessment,
                Remedy);
        }
    }
}
