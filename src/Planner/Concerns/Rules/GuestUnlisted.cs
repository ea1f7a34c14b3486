namespace Migrate.Planner.Concerns.Rules;

internal sealed class GuestUnlisted : IConcernRule
{
    public string Id => "guest.os-unlisted";

    public string Label => "Guest outside the list of supported ones";

    public string Finds => "Warning when the guest is none of RHEL 7 to 10, Windows 10 and 11, and Windows Server 2016 to 2025.";

    public string Assessment => "The guest is not among those that converters are supported with. It may run well on KVM, but nobody promises it.";

    public string Remedy => "Try one VM of the kind first, or check that the guest has drivers for virtio-scsi and virtio-net.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "Red Hat article 1351473 (guests supported by virt-v2v); Forklift vmware.os.unsupported";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (!GuestName.IsListed(context.Vm))
        {
            yield return this.Find(ConcernSeverity.Warning, context.Vm.Name,
                $"The guest ({Words.Or(context.Vm.Guest.FullName ?? context.Vm.GuestFullName, Words.Or(context.Vm.GuestId, "not known"))}) is not among those that converters are supported with. It may run well on KVM, but nobody promises it.",
                Remedy);
        }
    }
}
