namespace Migrate.Planner.Concerns.Rules;

internal sealed class VApp : IConcernRule
{
    public string Id => "vm.vapp";

    public string Label => "Part of a vApp";

    public string Finds => "Information when the VM is in a vApp, whose order of starting is not carried over.";

    public string Assessment => "The vApp starts its VMs in an order. Domains are started as their waves are.";

    public string Remedy => "Put the vApp's VMs into waves in its order.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "vSphere API VirtualApp";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.VApp is { Length: > 0 } vapp)
        {
            yield return this.Find(ConcernSeverity.Information, context.Vm.Name,
                $"The VM is in the vApp {vapp}, which starts its VMs in an order. Domains are started as their waves are.",
                Remedy);
        }
    }
}
