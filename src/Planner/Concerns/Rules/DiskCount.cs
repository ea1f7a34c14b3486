namespace Migrate.Planner.Concerns.Rules;

internal sealed class DiskCount : IConcernRule
{
    public string Id => "vm.disk-count";

    public string Label => "Very many disks";

    public string Finds => "Warning when the VM has more than 165 disks.";

    public string Assessment => "Every disk is a namespace, a file that QEMU keeps open and a device that firmware visits. Domains with more than 165 disks are not known to work well.";

    public string Remedy => "Merge disks inside the guest (volume groups, larger disks), or try the domain with empty namespaces first.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "Forklift vmware.disk.count.exceeds.limit (165 disks); a virtio-scsi domain is known to work with fewer";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.Disks.Count > MostDisks)
        {
            yield return this.Find(ConcernSeverity.Warning, context.Vm.Name,
                $"The VM has {context.Vm.Disks.Count} disks. Domains with more than {MostDisks} are not known to work well: every disk is a namespace, a file that QEMU keeps open and a device that firmware visits.",
                Remedy);
        }
    }

    private const int MostDisks = 165;
}
