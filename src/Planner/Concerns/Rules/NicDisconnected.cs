using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class NicDisconnected : IConcernRule
{
    public string Id => "nic.disconnected";

    public string Label => "NIC is not connected";

    public string Finds => "Information for a NIC that is not connected: its link is down on KVM, too.";

    public string Assessment => "The NIC is not connected in vSphere, and the domain's link is down, too.";

    public string Remedy => "Connect it in vSphere before the move if it should be up, and synchronise.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "vSphere API VirtualDeviceConnectInfo";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (Nic nic in context.Vm.Nics.Where(nic => !nic.Connected))
        {
            yield return this.Find(ConcernSeverity.Information, nic.Label,
                $"{nic.Label} is not connected to {Words.Or(nic.NetworkName, "its network")}. The domain's link is down, too.",
                Remedy);
        }
    }
}
