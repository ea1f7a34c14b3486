using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class Enclaves : IConcernRule
{
    public string Id => "vm.confidential";

    public string Label => "Confidential computing";

    public string Finds => "Critical when the VM has SGX enclaves or SEV or TDX memory, whose keys belong to the source's CPU.";

    public string Assessment => "What the guest sealed is bound to the source's CPU (SGX, SEV, TDX), and the domain is defined without: it cannot open its secrets.";

    public string Remedy => "Export the secrets inside the guest and turn the feature off, or build the guest anew on KVM.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "vSphere Security guide, SGX, SEV-ES and TDX";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        VmSecurity security = context.Vm.Security;
        if (security.SgxBytes > 0 || security.SevEnabled || security.TdxEnabled)
        {
            yield return this.Find(ConcernSeverity.Critical, context.Vm.Name,
                $"The VM uses {(security.SevEnabled ? "SEV" : security.TdxEnabled ? "TDX" : "SGX")}. What it sealed is bound to the source's CPU, and the domain is defined without.",
                Remedy);
        }
    }
}
