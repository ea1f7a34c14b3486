namespace Migrate.Planner.Concerns.Rules;

internal sealed class SecureBootDrivers : IConcernRule
{
    public string Id => "windows.secure-boot";

    public string Label => "Secure Boot with Windows";

    public string Finds => "Warning for a Windows guest with Secure Boot: virtio drivers must carry Microsoft's signature to load.";

    public string Assessment => "The guest boots with Secure Boot, so that Windows loads only drivers with Microsoft's signature. Test-signed virtio drivers leave it without a disk.";

    public string Remedy => "Install virtio drivers that are signed (WHQL) in the guest before the move.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "Microsoft, driver signing policy; Fedora's virtio-win is not attestation-signed for all releases";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.SecureBoot && GuestName.IsWindows(context.Vm))
        {
            yield return this.Find(ConcernSeverity.Warning, context.Vm.Name,
                Assessment,
                Remedy);
        }
    }
}
