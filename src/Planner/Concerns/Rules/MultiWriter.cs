using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class MultiWriter : IConcernRule
{
    public string Id => "disk.multi-writer";

    public string Label => "Disk shared by several writers";

    public string Finds => "Critical for a disk that several VMs may write at once.";

    public string Assessment => "Several VMs may write the disk at once. A copy that is taken while another VM writes is not consistent, and two domains would each get their own copy.";

    public string Remedy => "Stop all VMs that use the disk and move its content by the cluster's own means, or set its sharing to none.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "Broadcom KB 1034165 (multi-writer flag)";

    public bool CanBeOverridden => false;

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (VirtualDisk disk in context.Vm.Disks.Where(disk => disk.Sharing == "sharingMultiWriter"))
        {
            yield return this.Find(ConcernSeverity.Critical, disk.Label,
                $"{disk.Label} may be written by several VMs at once. A copy taken while another VM writes is not consistent, and two domains would each get their own copy.",
                Remedy);
        }
    }
}
