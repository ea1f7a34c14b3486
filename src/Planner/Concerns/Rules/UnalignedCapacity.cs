using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class UnalignedCapacity : IConcernRule
{
    public string Id => "disk.capacity-unaligned";

    public string Label => "Capacity is no multiple of 512 bytes";

    public string Finds => "Critical for a disk whose capacity is not a multiple of 512 bytes, since namespaces consist of such blocks.";

    public string Assessment => "A namespace consists of blocks of 512 bytes: one of the same size cannot be made, and rounding would move the disk's end.";

    public string Remedy => "Extend the disk in vSphere to a whole number of MiB and synchronise.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "Namespaces of the target consist of 512-byte blocks";

    public bool CanBeOverridden => false;

    private const int BlockSize = 512;

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (VirtualDisk disk in context.Vm.Disks.Where(disk => disk.CapacityBytes > 0 && disk.CapacityBytes % BlockSize != 0))
        {
            yield return this.Find(ConcernSeverity.Critical, disk.Label,
                $"{disk.Label} has {disk.CapacityBytes} bytes, which is no multiple of {BlockSize}: a namespace of the same size cannot be made, and rounding would move the disk's end.",
                Remedy);
        }
    }
}
