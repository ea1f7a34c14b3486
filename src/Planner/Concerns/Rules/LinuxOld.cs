namespace Migrate.Planner.Concerns.Rules;

internal sealed class LinuxOld : IConcernRule
{
    public string Id => "linux.too-old";

    public string Label => "Linux without virtio-scsi";

    public string Finds => "Warning for RHEL and CentOS before 6, SLES before 11 and Ubuntu before 12: their kernels have no virtio-scsi.";

    public string Assessment => "The guest's kernel is older than virtio-scsi, so that it does not find its root disk.";

    public string Remedy => "Upgrade the guest first, or give the domain IDE disks by hand.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "virtio-scsi is in Linux since 3.4; RHEL 6.3 has it backported";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (OldIds.Any(old => context.Vm.GuestId.StartsWith(old, StringComparison.OrdinalIgnoreCase)))
        {
            yield return this.Find(ConcernSeverity.Warning, context.Vm.Name,
                $"{Words.Or(context.Vm.GuestFullName, context.Vm.GuestId)}: its kernel is older than virtio-scsi, so it does not find its root disk.",
                Remedy);
        }
    }

    private static readonly string[] OldIds = ["rhel2", "rhel3", "rhel4", "rhel5", "centosGuest", "oracleLinuxGuest", "sles10", "slesGuest", "redhat", "debian4", "debian5", "debian6", "other24xLinux", "other26xLinux"];
}
