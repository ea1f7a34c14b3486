using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class IndependentDisk : IConcernRule
{
    public string Id => "disk.independent";

    public string Label => "Independent disk";

    public string Finds => "Warning for a disk that is not part of snapshots, Critical in a warm plan.";

    public string Assessment => "An independent disk is in no snapshot, so that it can be copied only while the VM is off; in non-persistent mode the guest's writes are thrown away at power-off today and will stay on KVM.";

    public string Remedy => "Set the disk's mode to persistent, or plan the VM cold and check that the disk's content after a shutdown is what you want to keep.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "vSphere API VirtualDiskMode; Forklift vmware.disk_mode.independent";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (VirtualDisk disk in context.Vm.Disks.Where(disk => disk.DiskMode.StartsWith("independent", StringComparison.Ordinal) || disk.DiskMode == "nonpersistent"))
        {
            bool loses = disk.DiskMode.EndsWith("nonpersistent", StringComparison.Ordinal);
            yield return this.Find(context.Mode == MigrationMode.Warm ? ConcernSeverity.Critical : ConcernSeverity.Warning, disk.Label,
                $"{disk.Label} is in mode {disk.DiskMode}: it is in no snapshot, so it can be copied only while the VM is off." +
                    (loses ? " What the guest writes to it is thrown away at power-off today; on KVM it will stay." : ""),
                context.Mode == MigrationMode.Warm ? "Set the disk's mode to persistent, or plan the VM cold." : "Check that the disk's content after a shutdown is what you want to keep.");
        }
    }
}
