namespace Migrate.Planner.Concerns.Rules;

internal sealed class HostNameEmpty : IConcernRule
{
    public string Id => "guest.host-name-empty";

    public string Label => "Guest's host name unknown";

    public string Finds => "Warning when VMware Tools have reported no host name of the guest.";

    public string Assessment => "The guest's host name is not known, so it cannot be checked after the move.";

    public string Remedy => "Start the VM with VMware Tools running, and synchronise.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere API GuestInfo.hostName; Forklift vmware.hostname.empty";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (string.IsNullOrEmpty(context.Vm.GuestHostName))
        {
            yield return this.Find(ConcernSeverity.Warning, context.Vm.Name,
                Assessment,
                context.OfFiles ? "Ask its owner, and look into the guest after its first start: files do not tell." : "Start the VM with VMware Tools running, and synchronise.");
        }
    }
}
