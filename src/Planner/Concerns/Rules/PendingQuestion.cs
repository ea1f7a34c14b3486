namespace Migrate.Planner.Concerns.Rules;

internal sealed class PendingQuestion : IConcernRule
{
    public string Id => "vm.question";

    public string Label => "VM waits for an answer";

    public string Finds => "Critical while the VM waits for an answer of its operator.";

    public string Assessment => "The VM stands still until somebody answers vSphere's question: its guest cannot be shut down, and tasks wait.";

    public string Remedy => "Answer the question in vSphere, and synchronise.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "vSphere API VirtualMachineRuntimeInfo.question";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (!string.IsNullOrEmpty(context.Vm.State.Question))
        {
            yield return this.Find(ConcernSeverity.Critical, context.Vm.Name,
                $"The VM stands still and waits for an answer: {context.Vm.State.Question}",
                Remedy);
        }
    }
}
