using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class IopsLimit : IConcernRule
{
    public string Id => "disk.iops-limit";

    public string Label => "IOPS limit";

    public string Finds => "Warning for a disk whose IOPS are limited or reserved in vSphere, which the domain is not.";

    public string Assessment => "vSphere holds the disk to a limit. The domain has none: it may take more than its share, and its baseline is one of a throttled disk.";

    public string Remedy => "Set an iotune on the domain's disk if the limit was there for a reason.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere API StorageIOAllocationInfo; vSAN policy rule IOPS limit for object";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (VirtualDisk disk in context.Vm.Disks.Where(disk => disk.IopsLimit > 0 || disk.IopsReservation > 0 || disk.Policy?.IopsLimit > 0))
        {
            yield return this.Find(ConcernSeverity.Warning, disk.Label,
                $"{disk.Label} is held to {Words.Limit(disk)} in vSphere. The domain has no limit: it may take more than its share, and its baseline is one of a throttled disk.",
                Remedy);
        }
    }
}
