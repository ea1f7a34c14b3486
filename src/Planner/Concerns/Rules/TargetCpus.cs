namespace Migrate.Planner.Concerns.Rules;

internal sealed class TargetCpus : IConcernRule
{
    public string Id => "kvm.cpus";

    public string Label => "More vCPUs than the KVM host has CPUs";

    public string Finds => "Warning when the VM has more vCPUs than the host has CPUs.";

    public string Assessment => "A VM with more vCPUs than the host has CPUs waits for itself: spinning locks get slow.";

    public string Remedy => "Choose a larger host, or give the VM fewer vCPUs.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "QEMU warns of more vCPUs than the host has; spinning locks get slow";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Plan?.Target is { Facts: { } facts } target && facts.Cpus > 0 && context.Vm.CpuCount > facts.Cpus)
        {
            yield return this.Find(ConcernSeverity.Warning, context.Vm.Name,
                $"The VM has {context.Vm.CpuCount} vCPUs, and {target.Name} has {facts.Cpus} CPUs: vCPUs wait for each other.",
                Remedy);
        }
    }
}
