namespace Migrate.Planner.Concerns.Rules;

internal sealed class FaultTolerance : IConcernRule
{
    public string Id => "vm.fault-tolerance";

    public string Label => "Fault tolerance";

    public string Finds => "Critical while vSphere Fault Tolerance is on for the VM.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "vSphere Availability guide, Fault Tolerance interoperability; Forklift vmware.fault_tolerance.enabled";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (!string.IsNullOrEmpty(context.Vm.FaultToleranceRole))
        {
            yield return this.Find(ConcernSeverity.Critical, context.Vm.Name,
                $"Fault Tolerance is on (role: {context.Vm.FaultToleranceRole}). Its disks cannot be exported, and KVM has no counterpart: the guest loses its second copy.",
                "Turn Fault Tolerance off and decide how else the service stays available.");
        }
    }
}
