namespace Migrate.Planner.Concerns.Rules;

internal sealed class TargetHugePages : IConcernRule
{
    public string Id => "kvm.hugepages";

    public string Label => "No huge pages for a VM that is sensitive to latency";

    public string Finds => "Information when the VM's latency sensitivity is high or all of its memory is reserved, and the KVM host has fewer huge pages set aside than it has memory.";

    public string Assessment => "On ESXi the VM had its memory to itself, in large pages. The domain gets ordinary pages, which the kernel joins when it can: translations cost more, most of all in guests with much memory.";

    public string Remedy => "Set huge pages aside on the KVM host (vm.nr_hugepages, or hugepagesz=1G at its start) and add memoryBacking/hugepages to the domain, if the guest is that sensitive.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "Linux kernel documentation, hugetlbpage; Red Hat, virtualization tuning guide, huge pages";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if ((context.Vm.LatencySensitivity == "high" || context.Vm.Resources.MemoryReservationLocked) && context.Plan?.Target is { Facts.HugePageBytes: { } set } target && set < context.Vm.MemoryBytes)
        {
            yield return this.Find(ConcernSeverity.Information, target.Name, $"{target.Name} has {set >> 20} MiB in huge pages set aside, and the VM has {context.Vm.MemoryBytes >> 20} MiB of memory.", Remedy);
        }
    }
}
