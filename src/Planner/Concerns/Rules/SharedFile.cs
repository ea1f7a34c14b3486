using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class SharedFile : IConcernRule
{
    public string Id => "disk.shared-file";

    public string Label => "Disk file of several VMs";

    public string Finds => "Critical when another VM of the inventory has a disk on the same file.";

    public string Assessment => "Two VMs have a disk on the same file. Each would get its own copy, and the copies would part from the first write on.";

    public string Remedy => "Detach the disk from all VMs but one, or move the cluster by its own means.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "Two domains would each get a copy of one disk";

    public bool CanBeOverridden => false;

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (VirtualDisk disk in context.Vm.Disks)
        {
            if (context.Neighbours.Others(SharedThing.DiskFile, Neighbours.FileOf(disk), context.Vm) is { Count: > 0 } others)
            {
                yield return this.Find(ConcernSeverity.Critical, disk.Label,
                    $"{disk.Label} lies in {disk.FileName}, and so does a disk of {Words.Names(others)}. Each VM would get its own copy, and the copies would part from the first write on.",
                    Remedy);
            }
        }
    }
}
