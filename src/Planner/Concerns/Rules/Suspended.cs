namespace Migrate.Planner.Concerns.Rules;

internal sealed class Suspended : IConcernRule
{
    public string Id => "vm.suspended";

    public string Label => "Suspended VM";

    public string Finds => "Critical for a suspended VM.";

    public string Assessment => "The VM is suspended: part of what its guest wrote is only in the saved memory, which KVM cannot resume. Its disks alone look like after a power cut.";

    public string Remedy => "Resume the VM, shut its guest down, and synchronise.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "vSphere API VirtualMachinePowerState";

    public bool CanBeOverridden => false;

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.PowerState == "suspended")
        {
            yield return this.Find(ConcernSeverity.Critical, context.Vm.Name,
                Assessment,
                Remedy);
        }
    }
}
