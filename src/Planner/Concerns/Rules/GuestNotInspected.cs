namespace Migrate.Planner.Concerns.Rules;

internal sealed class GuestNotInspected : IConcernRule
{
    public string Id => "guest.not-inspected";

    public string Label => "Inside of the guest not judged";

    public string Finds => "Information for every VM with disks: what can only be seen inside the guest is not judged, and named.";

    public string Assessment => "What only shows inside the guest is not judged: nobody has looked there. The concern names what that is for this family of guests.";

    public string Remedy => "Let the guest's owner look, or try the move with a clone of the VM.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "virt-v2v and Forklift's deep inspection look into the disks; rules of Migrate do not";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.Disks.Count > 0)
        {
            (string unknown, string look) = (GuestName.IsWindows(context.Vm), GuestName.IsLinux(context.Vm)) switch
            {
                (true, _) => (OfWindows, "manage-bde -status, powercfg /a, vssadmin list writers, Disk Management"),
                (_, true) => (OfLinux, "/etc/fstab, /etc/crypttab, /proc/cmdline, lsinitrd or lsinitramfs, /etc/multipath.conf, /etc/lvm/devices"),
                _ => ($"{OfWindows}; {OfLinux}", "the start-up configuration of the guest's system"),
            };
            yield return this.Find(ConcernSeverity.Information, context.Vm.Name,
                $"vSphere does not show, and nobody has looked inside for: {unknown}; backup agents and virus scanners that hook into the disk stack; licences bound to hardware.",
                $"Let the guest's owner look ({look}), or try the move with a clone of the VM.");
        }
    }

    private const string OfWindows = "BitLocker and whether its key is in a TPM, Fast Startup and hibernation, dynamic disks of releases whose Tools do not map volumes, more than one installed system, group policies that forbid unsigned drivers or scripts, VSS writers (SQL Server, Exchange)";

    private const string OfLinux = "disks named by device path in fstab, crypttab and the boot loader, LUKS, an initial RAM disk without virtio_scsi, resume= and hibernation, multipath and LVM device files by WWN, more than one installed system";
}
