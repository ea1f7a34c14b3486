using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class SerialTruncated : IConcernRule
{
    public string Id => "disk.serial-changes";

    public string Label => "Disk serial changes";

    public string Finds => "Information when the guest sees the disks' UUIDs as serial numbers (disk.EnableUUID), whose form is another on KVM.";

    public string Assessment => "The guest sees its disks' UUIDs as serial numbers (disk.EnableUUID). The domain gives the same 32 digits, but tools that shorten them, and names such as wwn-0x6000c29…, find other ones.";

    public string Remedy => "Mount by file system UUID or label; change what names disks by their serial number or WWN.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "SCSI serial of 36 characters in QEMU; Forklift vmware.disk_serial.truncated";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.DiskUuidEnabled && context.Vm.Disks.Any(disk => IsScsi(context.Vm, disk)))
        {
            yield return this.Find(ConcernSeverity.Information, context.Vm.Name,
                Assessment,
                Remedy);
        }
    }

    private static bool IsScsi(Vm vm, VirtualDisk disk) => disk.Instance.StartsWith("scsi", StringComparison.Ordinal)
        || vm.Controllers.Any(controller => controller.Key == disk.ControllerKey && controller.Type.Contains("SCSI", StringComparison.OrdinalIgnoreCase));
}
