namespace Migrate.Planner.Concerns.Rules;

internal sealed class NotConnected : IConcernRule
{
    public string Id => "vm.not-connected";

    public string Label => "VM is not connected";

    public string Finds => "Critical when vSphere has lost the VM (disconnected, orphaned, inaccessible, invalid).";

    public string Assessment => "vSphere has lost the VM: what the inventory says of it may be old, and its disks cannot be read.";

    public string Remedy => "Reconnect its ESXi host, or register the VM again, and synchronise.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "vSphere API VirtualMachineConnectionState";

    public bool CanBeOverridden => false;

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.ConnectionState != "connected")
        {
            yield return this.Find(ConcernSeverity.Critical, context.Vm.Name,
                $"vSphere's connection state of the VM is {(context.Vm.ConnectionState == "" ? "not known" : context.Vm.ConnectionState)}: what the inventory says of it may be old, and its disks cannot be read.",
                Remedy);
        }
    }
}
