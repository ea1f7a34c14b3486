namespace Migrate.Planner.Concerns.Rules;

internal sealed class ToolsNotRunning : IConcernRule
{
    public string Id => "vm.tools-not-running";

    public string Label => "VMware Tools do not run";

    public string Finds => "Warning when a running VM has no running VMware Tools, without which its guest cannot be asked to shut down.";

    public string Assessment => "Without VMware Tools vSphere cannot ask the guest to shut down. Switching it off hard leaves file systems as after a power cut.";

    public string Remedy => "Shut the guest down from inside before its wave, or install and start VMware Tools.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere API ShutdownGuest needs running VMware Tools";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.PowerState == "poweredOn" && context.Vm.ToolsStatus is "toolsNotInstalled" or "toolsNotRunning" or "guestToolsNotRunning")
        {
            yield return this.Find(ConcernSeverity.Warning, context.Vm.Name,
                $"VMware Tools do not run in the guest ({context.Vm.ToolsStatus}), so vSphere cannot ask it to shut down. Switching it off hard leaves file systems as after a power cut.",
                Remedy);
        }
    }
}
