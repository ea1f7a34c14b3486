namespace Migrate.Planner.Concerns.Rules;

internal sealed class TargetFirmware : IConcernRule
{
    public string Id => "kvm.firmware";

    public string Label => "No firmware for the VM on the KVM host";

    public string Finds => "Critical when the VM boots by UEFI, or with Secure Boot, and libvirt on the KVM host knows no firmware for that.";

    public string Assessment => "libvirt chooses the firmware by what is installed. Without OVMF, or without its build for Secure Boot, the domain is refused when it is defined, after everything was copied.";

    public string Remedy => "Install OVMF (ovmf on Debian and Ubuntu, edk2-ovmf on Fedora and RHEL) on the KVM host, and probe it again.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "libvirt domain capabilities, firmware \"efi\" and loader \"secure\" (OVMF, edk2)";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.Firmware == "efi" && context.Plan?.Target is { Facts: { } facts } target && (facts.Efi == false || (context.Vm.SecureBoot && facts.SecureBoot == false)))
        {
            yield return this.Find(ConcernSeverity.Critical, target.Name,
                $"The VM boots by UEFI{(context.Vm.SecureBoot ? " with Secure Boot" : "")}, and libvirt on {target.Name} knows no firmware for {(facts.Efi == false ? "UEFI" : "Secure Boot")}.", Remedy);
        }
    }
}
