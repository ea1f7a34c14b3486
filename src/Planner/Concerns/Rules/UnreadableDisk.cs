using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class UnreadableDisk : IConcernRule
{
    public string Id => "disk.unreadable";

    public string Label => "Disk that no reader can read";

    public string Finds => "Critical for a disk whose backing is unknown here, a raw device of the host, or persistent memory; of a VM of files, for one whose file was not found or holds no data.";

    public string Assessment => "No reader can read the disk: nothing of it would be copied.";

    public string Remedy => "Move the disk's content to an ordinary virtual disk inside the guest or by Storage vMotion, and synchronise.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "vSphere API, backings of VirtualDisk, and the readers that Migrate has";

    public bool CanBeOverridden => false;

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (VirtualDisk disk in context.Vm.Disks.Where(disk => disk.LocalFile is not null || disk.Backing is DiskBacking.Unknown or DiskBacking.RawDisk or DiskBacking.PersistentMemory))
        {
            ReaderChoice choice = context.ReaderOf(disk);
            if (choice.Reader != ReaderChoice.None)
            {
                continue;
            }

            yield return this.Find(ConcernSeverity.Critical, disk.Label, $"No reader can read {disk.Label}: {choice.Why}.",
                Remedy);
        }
    }
}
