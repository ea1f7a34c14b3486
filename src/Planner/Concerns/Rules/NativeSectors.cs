using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class NativeSectors : IConcernRule
{
    public string Id => "disk.native-sectors";

    public string Label => "Disk with 4096-byte sectors";

    public string Finds => "Critical for a disk whose logical sectors are 4096 bytes, since namespaces have 512.";

    public string Assessment => "A partition table counts in logical sectors. On a namespace of 512-byte sectors the guest's table would point elsewhere.";

    public string Remedy => "Move the data to a disk with 512-byte sectors inside the guest.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "vSphere 9 API VirtualDisk.virtualDiskFormat; a partition table counts in logical sectors";

    public bool CanBeOverridden => false;

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (VirtualDisk disk in context.Vm.Disks.Where(disk => disk.SectorBytes is > 512))
        {
            yield return this.Find(ConcernSeverity.Critical, disk.Label,
                $"{disk.Label} has logical sectors of {disk.SectorBytes} bytes. Its namespace would have 512, and the guest's partition table would point elsewhere.",
                Remedy);
        }
    }
}
