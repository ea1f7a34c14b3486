namespace Migrate.Planner.Concerns.Rules;

internal sealed class NoDisks : IConcernRule
{
    public string Id => "vm.no-disks";

    public string Label => "VM without a disk";

    public string Finds => "Warning for a VM without any disk.";

    public string Assessment => "The VM has no disk: there is nothing to copy, and the domain boots only if its network gives it something.";

    public string Remedy => "Check that the account may see the VM's disks; leave the VM out if it really has none.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere API VirtualHardware.device";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.Disks.Count == 0)
        {
            yield return this.Find(ConcernSeverity.Warning, context.Vm.Name,
                Assessment,
                Remedy);
        }
    }
}
