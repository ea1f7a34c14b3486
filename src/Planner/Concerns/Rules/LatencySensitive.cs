namespace Migrate.Planner.Concerns.Rules;

internal sealed class LatencySensitive : IConcernRule
{
    public string Id => "vm.latency-sensitive";

    public string Label => "High latency sensitivity";

    public string Finds => "Warning when the VM's latency sensitivity is high: its CPUs are its own on ESXi and not on KVM.";

    public string Assessment => "ESXi gives such a VM CPUs of its own and all its memory. The domain's vCPUs float, and its memory is not locked.";

    public string Remedy => "Pin the domain's vCPUs and IOThreads and lock its memory, and compare latencies with the baseline.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere API LatencySensitivity; \"Deploying Extremely Latency-Sensitive Applications in vSphere\"";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.LatencySensitivity is "high")
        {
            yield return this.Find(ConcernSeverity.Warning, context.Vm.Name,
                "The VM's latency sensitivity is high: ESXi gives it CPUs of its own and all its memory. The domain's vCPUs float, and its memory is not locked.",
                Remedy);
        }
    }
}
