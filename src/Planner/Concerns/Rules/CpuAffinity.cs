namespace Migrate.Planner.Concerns.Rules;

internal sealed class CpuAffinity : IConcernRule
{
    public string Id => "vm.cpu-affinity";

    public string Label => "Bound to physical CPUs";

    public string Finds => "Warning when the VM may run only on certain physical CPUs.";

    public string Assessment => "The VM may run only on certain CPUs of its ESXi host. The KVM host has other CPUs, so the binding is not carried over.";

    public string Remedy => "Find out why it was bound (a licence, latency), and pin the domain's vCPUs on the KVM host if that still holds.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere Resource Management guide, CPU affinity; Forklift vmware.cpu_affinity.detected";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.Resources.CpuAffinity.Count > 0)
        {
            yield return this.Find(ConcernSeverity.Warning, context.Vm.Name,
                $"The VM may run only on the host's CPUs {string.Join(", ", context.Vm.Resources.CpuAffinity)}. The KVM host has other CPUs, so the binding is not carried over.",
                Remedy);
        }
    }
}
