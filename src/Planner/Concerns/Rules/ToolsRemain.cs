namespace Migrate.Planner.Concerns.Rules;

internal sealed class ToolsRemain : IConcernRule
{
    public string Id => "guest.tools-remain";

    public string Label => "VMware Tools remain in the guest";

    public string Finds => "Information when VMware Tools are installed: they do nothing on KVM, and some guests log errors.";

    public string Assessment => "VMware Tools are installed. They are not removed: on KVM they do nothing but start, and without a vSphere host Windows cannot uninstall them by its installer.";

    public string Remedy => "Uninstall them in the guest right before the move, and install qemu-guest-agent.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "virt-v2v removes VMware Tools on Linux; Broadcom KB on uninstalling them";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.Guest.ToolsVersionStatus is { } status && status != "guestToolsNotInstalled")
        {
            yield return this.Find(ConcernSeverity.Information, context.Vm.Name,
                Assessment,
                Remedy);
        }
    }
}
