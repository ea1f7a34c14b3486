using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class ReadOnlyDisk : IConcernRule
{
    public string Id => "disk.guest-read-only";

    public string Label => "Disk that the guest may only read";

    public string Finds => "Information for a disk that is read-only for the guest; the domain could write to its copy.";

    public string Assessment => "The guest may only read the disk. The domain's disk is writable.";

    public string Remedy => "Add <readonly/> to the domain's disk if the guest must not write.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "vSphere API VirtualDisk.guestReadOnly";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (VirtualDisk disk in context.Vm.Disks.Where(disk => disk.GuestReadOnly))
        {
            yield return this.Find(ConcernSeverity.Information, disk.Label,
                $"The guest may only read {disk.Label}. The domain's disk is writable.",
                Remedy);
        }
    }
}
