using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class GuestVolumes : IConcernRule
{
    public string Id => "guest.volume-over-disks";

    public string Label => "Volume over several disks";

    public string Finds => "Warning for a Windows volume, Information for another guest's file system, that lies on several virtual disks.";

    public string Assessment => "One file system lies on several disks: by LVM or a software RAID, which is found again, or by Windows' dynamic disks or Storage Spaces, which converters refuse on system disks and which Windows may bring up as foreign or offline.";

    public string Remedy => "Move all of these disks in one run (a plan does). In Windows see that the disks are online after the first start, and import foreign ones in Disk Management.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere API GuestDiskInfo.mappings (7.0); virt-v2v refuses Windows system disks of the Logical Disk Manager";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (GuestDisk volume in context.Vm.Guest.Disks.Where(volume => volume.DiskKeys.Count > 1))
        {
            IEnumerable<string> disks = volume.DiskKeys.Select(key => context.Vm.Disks.FirstOrDefault(disk => disk.Key == key)?.Label ?? $"disk {key}");
            yield return this.Find(GuestName.IsWindows(context.Vm) ? ConcernSeverity.Warning : ConcernSeverity.Information, volume.Path, $"{volume.Path} lies on {string.Join(" and ", disks)}.", Remedy);
        }
    }
}
