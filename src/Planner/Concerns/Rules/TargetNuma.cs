namespace Migrate.Planner.Concerns.Rules;

internal sealed class TargetNuma : IConcernRule
{
    public string Id => "kvm.numa-fit";

    public string Label => "VM does not fit into a NUMA node";

    public string Finds => "Information when the VM is larger than one NUMA node of the KVM host.";

    public string Assessment => "The VM is larger than one NUMA node of the host, and its domain shows the guest no nodes: a part of its memory is far away, and it does not know which.";

    public string Remedy => "Give the domain a NUMA topology by hand if the guest is sensitive to memory's distance.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "Red Hat, virtualization tuning guide, NUMA";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Plan?.Target is { Facts: { } facts } target && facts.NumaNodes > 1 && (context.Vm.MemoryBytes > facts.MemoryBytes / facts.NumaNodes || context.Vm.CpuCount > facts.Cpus / facts.NumaNodes))
        {
            yield return this.Find(ConcernSeverity.Information, context.Vm.Name,
                $"The VM ({context.Vm.CpuCount} vCPUs, {context.Vm.MemoryBytes >> 30} GiB) is larger than one of {target.Name}'s {facts.NumaNodes} NUMA nodes, and its domain shows the guest no nodes.",
                Remedy);
        }
    }
}
