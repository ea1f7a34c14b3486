namespace Migrate.Planner.Concerns.Rules;

internal sealed class NumaAffinity : IConcernRule
{
    public string Id => "vm.numa-affinity";

    public string Label => "Bound to NUMA nodes";

    public string Finds => "Warning when the VM's memory may come only from certain NUMA nodes.";

    public string Assessment => "The VM's memory may come only from certain NUMA nodes of its ESXi host. The binding is not carried over.";

    public string Remedy => "Tune the domain's numatune on the KVM host if the guest is sensitive to the distance of its memory.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere Resource Management guide, NUMA node affinity; Forklift vmware.numa_affinity.detected";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        string? nodes = context.Vm.Resources.MemoryAffinity.Count > 0
            ? string.Join(", ", context.Vm.Resources.MemoryAffinity)
            : context.Vm.AdvancedSettings.FirstOrDefault(setting => setting.Name.Equals("numa.nodeAffinity", StringComparison.OrdinalIgnoreCase))?.Value;
        if (!string.IsNullOrWhiteSpace(nodes))
        {
            yield return this.Find(ConcernSeverity.Warning, context.Vm.Name,
                $"The VM's memory may come only from NUMA nodes {nodes} of its ESXi host. The binding is not carried over.",
                Remedy);
        }
    }
}
