namespace Migrate.Planner.Concerns.Rules;

internal sealed class NoIdentity : IConcernRule
{
    public string Id => "vm.no-identity";

    public string Label => "VM without an instance UUID";

    public string Finds => "Critical when vSphere gives no instance UUID, from which namespaces are named.";

    public string Assessment => "vSphere gives no instance UUID for the VM, from which its namespaces are named.";

    public string Remedy => "Make the VM accessible in vSphere, and synchronise.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "vSphere API VirtualMachineConfigInfo.instanceUuid";

    public bool CanBeOverridden => false;

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (!Guid.TryParse(context.Vm.InstanceUuid, out _))
        {
            yield return this.Find(ConcernSeverity.Critical, context.Vm.Name,
                Assessment,
                Remedy);
        }
    }
}
