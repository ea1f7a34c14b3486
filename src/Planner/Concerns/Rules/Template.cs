namespace Migrate.Planner.Concerns.Rules;

internal sealed class Template : IConcernRule
{
    public string Id => "vm.template";

    public string Label => "Template";

    public string Finds => "Warning for a template, which becomes an ordinary domain.";

    public string Assessment => "This is a template. KVM has no templates: it becomes a domain that is started like any other, which changes its image.";

    public string Remedy => "Leave it out of the plan, or accept a domain that you turn into an image yourself.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere API VirtualMachineConfigInfo.template";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.IsTemplate)
        {
            yield return this.Find(ConcernSeverity.Warning, context.Vm.Name,
                Assessment,
                Remedy);
        }
    }
}
