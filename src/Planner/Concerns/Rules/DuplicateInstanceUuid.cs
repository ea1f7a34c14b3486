namespace Migrate.Planner.Concerns.Rules;

internal sealed class DuplicateInstanceUuid : IConcernRule
{
    public string Id => "vm.duplicate-instance-uuid";

    public string Label => "Instance UUID of several VMs";

    public string Finds => "Critical when another VM of the inventory has the same instance UUID, from which namespaces are named.";

    public string Assessment => "Namespaces are named from the VM's instance UUID: the disks of one VM could be written over the other's.";

    public string Remedy => "Give one of them a new instance UUID (reconfigure instanceUuid), and synchronise.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "vSphere API VirtualMachineConfigInfo.instanceUuid is meant to be unique";

    public bool CanBeOverridden => false;

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Neighbours.Others(SharedThing.InstanceUuid, context.Vm.InstanceUuid, context.Vm) is { Count: > 0 } others)
        {
            yield return this.Find(ConcernSeverity.Critical, context.Vm.Name,
                $"The VM has the instance UUID {context.Vm.InstanceUuid}, which {Words.Names(others)} has, too. Namespaces are named from it: one VM's disks could be written over the other's.",
                Remedy);
        }
    }
}
