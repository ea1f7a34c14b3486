namespace Migrate.Planner.Concerns.Rules;

internal sealed class ManagedByExtension : IConcernRule
{
    public string Id => "vm.managed-by-extension";

    public string Label => "VM of a vSphere extension";

    public string Finds => "Critical for a VM that a vSphere extension owns (vCLS, NSX and the like).";

    public string Assessment => "A vSphere extension owns this VM and starts or replaces it by itself. It serves vSphere and has no work on KVM.";

    public string Remedy => "Leave it out of the plan.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "vSphere API ManagedByInfo";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.IsManagedByExtension)
        {
            yield return this.Find(ConcernSeverity.Critical, context.Vm.Name,
                Assessment,
                Remedy);
        }
    }
}
