using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class DiskChangeTrackingOff : IConcernRule
{
    public string Id => "disk.cbt-off";

    public string Label => "Disk without changed block tracking";

    public string Finds => "Warning for a disk that has no changed block tracking although its VM has.";

    public string Assessment => "Changed block tracking is on for the VM but not for this disk: a warm move would have to read all of it in every pass.";

    public string Remedy => "Turn tracking on for the disk (its ctkEnabled key) and let a snapshot be made and removed; nothing is needed for a cold move.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "Broadcom KB 1031873 (changed block tracking); Forklift vmware.changed_block_tracking.disk.disabled";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (VirtualDisk disk in context.Vm.Disks.Where(disk => context.Vm.ChangeTrackingEnabled && (disk.ChangeTrackingKey == false || disk.ChangeId is null)))
        {
            yield return this.Find(ConcernSeverity.Warning, disk.Label,
                $"Changed block tracking is on for the VM but not for {disk.Label}: a warm move would have to read all of it in every pass.",
                Remedy);
        }
    }
}
