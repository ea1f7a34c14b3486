using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class GuestFileSystems : IConcernRule
{
    public string Id => "guest.file-system";

    public string Label => "File system that converters do not know";

    public string Finds => "Warning for Btrfs, ZFS, ReFS and others on / or the system drive, Information elsewhere.";

    public string Assessment => "A converter has to mount the file system to put drivers in. What libguestfs cannot mount, or finds several systems in (Btrfs with snapshots), it refuses or changes in the wrong place.";

    public string Remedy => "Put the virtio drivers into the guest's initial RAM disk (or install them in Windows) while it still runs on vSphere, so that nobody has to convert it.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "libguestfs and virt-v2v (no ZFS, no ReFS); vJailbreak's known limits (Btrfs with Snapper's several roots)";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (GuestDisk volume in context.Vm.Guest.Disks.Where(volume => Unknown.Contains(volume.FileSystem ?? "", StringComparer.OrdinalIgnoreCase)))
        {
            bool system = volume.Path == "/" || volume.Path.StartsWith("C:", StringComparison.OrdinalIgnoreCase);
            yield return this.Find(system ? ConcernSeverity.Warning : ConcernSeverity.Information, volume.Path, $"{volume.Path} is {volume.FileSystem}{(system ? ", and the guest's system lies on it" : "")}.", Remedy);
        }
    }

    private static readonly string[] Unknown = ["btrfs", "zfs", "refs", "reiserfs", "hfs", "jfs", "vxfs", "apfs"];
}
