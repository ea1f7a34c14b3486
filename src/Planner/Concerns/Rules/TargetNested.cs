namespace Migrate.Planner.Concerns.Rules;

internal sealed class TargetNested : IConcernRule
{
    public string Id => "kvm.nested";

    public string Label => "KVM host does not nest";

    public string Finds => "Warning when the guest may run VMs itself (or Windows runs on Hyper-V for its security) and the KVM host's module does not allow nesting.";

    public string Assessment => "The guest uses the CPU's virtualization. With nesting off on the KVM host the domain has none: hypervisors inside the guest do not start, and Windows drops credential guard and memory integrity.";

    public string Remedy => "Load the module with nested=1 (options kvm_intel nested=1 in /etc/modprobe.d) while no domain runs, and probe the host again.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "Linux kernel documentation, nested KVM: kvm_intel.nested, kvm_amd.nested";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if ((context.Vm.Resources.NestedVirtualization || context.Vm.Security.VbsEnabled) && context.Plan?.Target is { Facts.Nested: false } target)
        {
            yield return this.Find(ConcernSeverity.Warning, target.Name, $"The guest uses the CPU's virtualization, and {target.Name} has nesting switched off.", Remedy);
        }
    }
}
