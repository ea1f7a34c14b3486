namespace Migrate.Planner.Concerns.Rules;

internal sealed class NoConsoleCheck : IConcernRule
{
    public string Id => "plan.no-console-check";

    public string Label => "Nothing proves that the guest came up";

    public string Finds => "Information when the plan expects no console text of the VM.";

    public string Assessment => "The plan expects no text on the VM's console, so that after the cut-over only its I/O shows whether the guest came up.";

    public string Remedy => "Give the text that the guest prints when it is up (--expect-console).";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "A started domain is not yet a started guest";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Plan is not null && !context.Policy.ExpectConsole.ContainsKey(context.Vm.Name))
        {
            yield return this.Find(ConcernSeverity.Information, context.Vm.Name,
                Assessment,
                Remedy);
        }
    }
}
