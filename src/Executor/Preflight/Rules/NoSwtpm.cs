using Migrate.Planner.Concerns;

namespace Migrate.Executor.Preflight.Rules;

internal sealed class NoSwtpm : IPreflightRule
{
    public string Id => "kvm.swtpm";

    public string Label => "No emulated TPM";

    public string Finds => "Information when libvirt on the host cannot give domains an emulated TPM.";

    public string Assessment => "VMs with a virtual TPM (Windows 11 wants one) cannot have it on the host.";

    public string Remedy => "Install swtpm and swtpm-tools.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "libvirt domain capabilities, tpm: emulator";

    public string? SaidByPlan => "kvm.tpm";

    public IEnumerable<Concern> Judge(PreflightContext context)
    {
        if (context.Facts.TpmEmulator == false)
        {
            yield return this.Find(ConcernSeverity.Information, context.Host, $"{context.Host} offers no emulated TPM{(context.Facts.Software is { Swtpm: { } version } ? $", though swtpm {version} is installed" : "")}.");
        }
    }
}
