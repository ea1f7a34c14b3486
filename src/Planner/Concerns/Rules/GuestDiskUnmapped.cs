using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class GuestDiskUnmapped : IConcernRule
{
    public string Id => "guest.drive-unmapped";

    public string Label => "Drive letter on an unknown disk";

    public string Finds => "Information when a Windows guest's drive cannot be assigned to one of the VM's disks.";

    public string Assessment => "VMware Tools do not say on which virtual disk a drive lies, so that its letter cannot be checked after the move.";

    public string Remedy => "Note which disk each drive letter is on before the move; newer VMware Tools on vSphere 7 and later report it.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "vSphere API GuestDiskInfo.mappings (7.0); Forklift vmware.guestDisks.key.not_found";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (GuestDisk disk in context.Vm.Guest.Disks.Where(disk => GuestName.IsWindows(context.Vm) && disk.DiskKeys.Count == 0))
        {
            yield return this.Find(ConcernSeverity.Information, disk.Path,
                $"VMware Tools do not say on which virtual disk {disk.Path} lies, so its letter cannot be checked after the move.",
                Remedy);
        }
    }
}
