using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class GuestDiskUnknown : IConcernRule
{
    public string Id => "guest.disk-unseen";

    public string Label => "Disk on which the guest shows no file system";

    public string Finds => "Information for a disk on which no file system lies that VMware Tools tell of, when they tell of disks at all.";

    public string Assessment => "Nobody sees from outside what is on it: swap, a raw volume of a database (ASM), a disk that is offline, or one that is encrypted (LUKS, BitLocker locked) and needs its key at the next start.";

    public string Remedy => "Ask the guest's owner what the disk is for, and have its key at hand if it is encrypted.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "vSphere API GuestDiskInfo.mappings (7.0)";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        HashSet<int> told = [.. context.Vm.Guest.Disks.SelectMany(volume => volume.DiskKeys)];
        foreach (VirtualDisk disk in told.Count == 0 ? [] : context.Vm.Disks.Where(disk => !told.Contains(disk.Key)))
        {
            yield return this.Find(ConcernSeverity.Information, disk.Label, $"The guest shows no file system on {disk.Label}.", Remedy);
        }
    }
}
