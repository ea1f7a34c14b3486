namespace Migrate.Planner.Concerns.Rules;

internal sealed class Enclaves : IConcernRule
{
    public string Id => "vm.confidential";

    public string Label => "Confidential computing";

    public string Finds => "Critical when the VM has SGX enclaves or SEV memory, whose keys belong to the source's CPU.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "vSphere Security guide, SGX and SEV-ES";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.Security.SgxBytes > 0 || context.Vm.Security.SevEnabled)
        {
            yield return this.Find(ConcernSeverity.Critical, context.Vm.Name,
                $"The VM uses {(context.Vm.Security.SevEnabled ? "SEV" : "SGX")}. What it sealed is bound to the source's CPU, and the domain is defined without.",
                "Export the secrets inside the guest and turn the feature off, or build the guest anew on KVM.");
        }
    }
}
