using Migrate.Planner.Concerns;

namespace Migrate.Executor.Preflight.Rules;

internal sealed class NoUefi : IPreflightRule
{
    public string Id => "kvm.uefi";

    public string Label => "No firmware for UEFI";

    public string Finds => "Information when libvirt on the host knows no firmware for UEFI or none that enforces Secure Boot.";

    public string Assessment => "VMs that boot by UEFI, or with Secure Boot, cannot be defined on the host.";

    public string Remedy => "Install OVMF (ovmf on Debian and Ubuntu, edk2-ovmf on Fedora and RHEL).";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "libvirt domain capabilities; QEMU, docs/interop/firmware.json";

    public string? SaidByPlan => "kvm.firmware";

    public IEnumerable<Concern> Judge(PreflightContext context)
    {
        if (context.Facts.Efi == false || context.Facts.SecureBoot == false)
        {
            yield return this.Find(ConcernSeverity.Information, context.Host, $"libvirt on {context.Host} knows no firmware for {(context.Facts.Efi == false ? "UEFI" : "Secure Boot")}.");
        }
    }
}
