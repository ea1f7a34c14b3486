using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class LinkedClone : IConcernRule
{
    public string Id => "disk.linked-clone";

    public string Label => "Linked clone";

    public string Finds => "Warning for a disk that shares its parent with another VM or is kept as a clone by the array: the copy is a full disk.";

    public string Assessment => "The disk shares its parent with other VMs, or the array keeps it as a clone. The copy is a full disk: the target needs the room of each.";

    public string Remedy => "Plan the space for full disks, or make the VM a full clone first to see what it takes.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere API VirtualDisk.nativeUnmanagedLinkedClone; VirtualDeviceConfigSpec linked clones";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (VirtualDisk disk in context.Vm.Disks)
        {
            IReadOnlyList<Vm> others = [.. Neighbours.ParentsOf(disk).SelectMany(file => context.Neighbours.Others(SharedThing.ParentFile, file, context.Vm)).DistinctBy(vm => vm.Key)];
            if (disk.NativeLinkedClone || others.Count > 0)
            {
                yield return this.Find(ConcernSeverity.Warning, disk.Label,
                    $"{disk.Label} is a linked clone{(others.Count > 0 ? $" and shares its parent with {Words.Names(others)}" : "")}. The copy is a full disk: the target needs the room of each.",
                    Remedy);
            }
        }
    }
}
