using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class NoDiskUuid : IConcernRule
{
    public string Id => "disk.no-uuid";

    public string Label => "Disk without a UUID";

    public string Finds => "Information for a disk without a UUID, which is named by its device key instead.";

    public string Assessment => "The namespace is named by the disk's device key instead, and the guest sees no serial number.";

    public string Remedy => "Do not remove and add disks of the VM between plan and run: the keys may change.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "vSphere API: old and sparse backings have no UUID";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (VirtualDisk disk in context.Vm.Disks.Where(disk => string.IsNullOrEmpty(disk.Uuid)))
        {
            yield return this.Find(ConcernSeverity.Information, disk.Label,
                $"vSphere gives no UUID for {disk.Label}. Its namespace is named by its device key {disk.Key}, and the guest sees no serial number.",
                Remedy);
        }
    }
}
