using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class InvalidCapacity : IConcernRule
{
    public string Id => "disk.capacity-invalid";

    public string Label => "Disk without a valid capacity";

    public string Finds => "Critical for a disk whose capacity is zero or negative.";

    public string Assessment => "vSphere gives no valid capacity: the disk's descriptor is damaged or cannot be read, and there is nothing of a known size to copy.";

    public string Remedy => "Open the VM's settings in vSphere, repair or remove the disk, and synchronise.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "Forklift vmware.disk.capacity.invalid";

    public bool CanBeOverridden => false;

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (VirtualDisk disk in context.Vm.Disks.Where(disk => disk.CapacityBytes <= 0))
        {
            yield return this.Find(ConcernSeverity.Critical, disk.Label,
                $"vSphere gives {disk.CapacityBytes} bytes as the capacity of {disk.Label}: its descriptor is damaged or cannot be read.",
                Remedy);
        }
    }
}
