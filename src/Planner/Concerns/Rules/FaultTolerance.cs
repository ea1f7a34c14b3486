namespace Migrate.Planner.Concerns.Rules;

internal sealed class FaultTolerance : IConcernRule
{
    public string Id => "vm.fault-tolerance";

    public string Label => "Fault tolerance";

    public string Finds => "Information while vSphere Fault Tolerance is on for the VM, which has no counterpart on KVM.";

    public string Assessment => "vSphere runs a second copy of the VM in lockstep. KVM has no counterpart: the guest loses it.";

    public string Remedy => "Decide how else the service stays available: by the application's own means, or by restarting the domain elsewhere.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "vSphere Availability guide, Fault Tolerance; Forklift vmware.fault_tolerance.enabled";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (!string.IsNullOrEmpty(context.Vm.FaultToleranceRole))
        {
            yield return this.Find(ConcernSeverity.Information, context.Vm.Name,
                $"Fault Tolerance is on (role: {context.Vm.FaultToleranceRole}). KVM has no counterpart: the guest loses its second copy.",
                Remedy);
        }
    }
}
