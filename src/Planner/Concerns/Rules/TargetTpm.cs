namespace Migrate.Planner.Concerns.Rules;

internal sealed class TargetTpm : IConcernRule
{
    public string Id => "kvm.tpm";

    public string Label => "No TPM on the KVM host";

    public string Finds => "Warning when the VM has a virtual TPM and the KVM host has no emulated one.";

    public string Assessment => "The guest had a TPM and would find none: Windows 11 refuses upgrades, and what wants a TPM (BitLocker, Windows Hello) cannot be set up again.";

    public string Remedy => "Install swtpm and swtpm-tools on the KVM host, and probe it again; add a TPM to the domain after the move.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "libvirt domain capabilities, TPM backend \"emulator\" (needs swtpm)";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.OtherDevices.Any(device => device.Type == "VirtualTPM") && context.Plan?.Target is { Facts.TpmEmulator: false } target)
        {
            yield return this.Find(ConcernSeverity.Warning, target.Name, $"The VM has a virtual TPM, and libvirt on {target.Name} offers none: swtpm is not installed there.", Remedy);
        }
    }
}
