using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class GuestFreeSpace : IConcernRule
{
    public string Id => "guest.free-space";

    public string Label => "Guest file system nearly full";

    public string Finds => "Critical when a file system of the guest has less free space than a conversion of the guest needs: 100 MiB on / and C:, 50 MiB on /boot, 10 MiB elsewhere.";

    public string Assessment => "A conversion installs drivers and makes a new initial RAM disk in the guest's file systems. Without the room it fails in the middle and leaves the guest without a start.";

    public string Remedy => "Free space in the guest, let VMware Tools report it, and synchronise.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "virt-v2v manual, disk space; Forklift vmware.guestDisks.freespace";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (GuestDisk disk in context.Vm.Guest.Disks.Where(disk => disk.FreeBytes < Needed(disk.Path)))
        {
            yield return this.Find(ConcernSeverity.Critical, disk.Path,
                $"The guest's file system {disk.Path} has {disk.FreeBytes >> 20} MiB free, and {Needed(disk.Path) >> 20} MiB are needed to install drivers and a new initial RAM disk.",
                Remedy);
        }
    }

    private static long Needed(string path) => path switch
    {
        "/" => 100L << 20,
        "/boot" => 50L << 20,
        _ when path.StartsWith("C:", StringComparison.OrdinalIgnoreCase) && path.Length <= 3 => 100L << 20,
        _ => 10L << 20,
    };
}
