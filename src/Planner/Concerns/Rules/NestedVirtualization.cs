namespace Migrate.Planner.Concerns.Rules;

internal sealed class NestedVirtualization : IConcernRule
{
    public string Id => "vm.nested";

    public string Label => "Guest runs VMs itself";

    public string Finds => "Warning when the guest may run VMs itself, which needs nested KVM on the host.";

    public string Assessment => "The guest may run VMs itself. The domain can do so only if the KVM host's kvm module allows nesting, and the CPU mode passes the feature on.";

    public string Remedy => "Check /sys/module/kvm_*/parameters/nested on the KVM host, and what the guest runs.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere API nestedHVEnabled; kernel documentation, nested guests";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.Resources.NestedVirtualization)
        {
            yield return this.Find(ConcernSeverity.Warning, context.Vm.Name,
                Assessment,
                Remedy);
        }
    }
}
