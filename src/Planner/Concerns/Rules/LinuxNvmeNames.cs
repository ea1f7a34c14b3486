namespace Migrate.Planner.Concerns.Rules;

internal sealed class LinuxNvmeNames : IConcernRule
{
    public string Id => "linux.nvme-names";

    public string Label => "Disks change from NVMe to SCSI";

    public string Finds => "Warning for a Linux guest with disks on a virtual NVMe controller: /dev/nvme0n1 becomes /dev/sda.";

    public string Assessment => "The guest's disks were /dev/nvmeXnY and are /dev/sdX in the domain. What names them by that (fstab, crypttab, the boot loader, resume=, a database's raw device) does not find them.";

    public string Remedy => "Name disks by UUID or label in /etc/fstab, /etc/crypttab and the boot loader's command line before the move.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "The domain's disks are on virtio-scsi; Forklift documentation MTV-2443 (NVMe controllers)";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (GuestName.IsLinux(context.Vm) && context.Vm.Disks.FirstOrDefault(disk => disk.Instance.StartsWith("nvme", StringComparison.Ordinal)) is { } disk)
        {
            yield return this.Find(ConcernSeverity.Warning, context.Vm.Name, $"{disk.Label} and perhaps others are on an NVMe controller in vSphere ({disk.Instance}); in the domain they are on virtio-scsi, where Linux calls them /dev/sdX.", Remedy);
        }
    }
}
