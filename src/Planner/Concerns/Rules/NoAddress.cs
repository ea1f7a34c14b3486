namespace Migrate.Planner.Concerns.Rules;

internal sealed class NoAddress : IConcernRule
{
    public string Id => "guest.no-address";

    public string Label => "Guest's addresses unknown";

    public string Finds => "Warning when VMware Tools have reported no address of the guest.";

    public string Assessment => "No address of the guest is known, so nobody can check after the move that it has kept them.";

    public string Remedy => "Start the VM with VMware Tools running, and synchronise.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere API GuestInfo.net; Forklift vmware.vm_missing_ip.detected";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.IpAddresses.Count == 0 && context.Vm.Guest.Nics.All(nic => nic.Addresses.Count == 0))
        {
            yield return this.Find(ConcernSeverity.Warning, context.Vm.Name,
                Assessment,
                context.OfFiles ? "Ask its owner, and look into the guest after its first start: files do not tell." : "Start the VM with VMware Tools running, and synchronise.");
        }
    }
}
