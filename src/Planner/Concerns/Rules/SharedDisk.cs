using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class SharedDisk : IConcernRule
{
    public string Id => "disk.shared";

    public string Label => "Disk shared with another VM";

    public string Finds => "Warning for a disk that several VMs may write, that another VM has, too, or whose controller shares its bus.";

    public string Assessment => "Several VMs use one disk. A namespace belongs to one domain, so that each VM would get a copy of its own; the Critical concerns beside this one say whether that loses data.";

    public string Remedy => "Move the disk's users together and give them storage that is made for sharing (a cluster file system on a LUN, NFS), or take the disk away from all but one.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "Forklift vmware.disk.shared.detected; vSphere Storage guide, shared disks";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (VirtualDisk disk in context.Vm.Disks)
        {
            IReadOnlyList<Vm> others = context.Neighbours.Others(SharedThing.DiskFile, Neighbours.FileOf(disk), context.Vm);
            bool bus = context.Vm.Controllers.Any(controller => controller.Key == disk.ControllerKey && SharedBus.IsShared(controller));
            if (disk.Sharing == "sharingMultiWriter" || bus || others.Count > 0)
            {
                yield return this.Find(ConcernSeverity.Warning, disk.Label,
                    $"{disk.Label} is shared{(others.Count > 0 ? $" with {Words.Names(others)}" : bus ? " by its controller's bus" : ": several VMs may write it")}.", Remedy);
            }
        }
    }
}
