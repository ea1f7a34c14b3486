namespace Migrate.Planner.Concerns.Rules;

internal sealed class TargetMemory : IConcernRule
{
    public string Id => "kvm.memory";

    public string Label => "Too little memory on the KVM host";

    public string Finds => "Critical when the VM needs more memory than the host has, Warning when all VMs of the plan together do.";

    public string Assessment => "A host whose memory is not enough swaps, or kills the largest process, which is a VM.";

    public string Remedy => "Choose a larger host, spread the VMs over several, or give them less.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "libvirt node information; a host without memory kills the largest process";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Plan?.Target is { Facts.MemoryBytes: > 0 } target)
        {
            long has = target.Facts.MemoryBytes;
            if (context.Vm.MemoryBytes > has)
            {
                yield return this.Find(ConcernSeverity.Critical, context.Vm.Name, $"The VM has {context.Vm.MemoryBytes >> 20} MiB of memory, and {target.Name} has {has >> 20} MiB in all.", "Choose a larger host.");
            }
            else if (context.Plan.MemoryBytes > has)
            {
                yield return this.Find(ConcernSeverity.Warning, target.Name, $"All VMs of the plan have {context.Plan.MemoryBytes >> 20} MiB of memory, and {target.Name} has {has >> 20} MiB.", "Spread them over several hosts, or give them less.");
            }
        }
    }
}
