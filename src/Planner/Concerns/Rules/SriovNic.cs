using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class SriovNic : IConcernRule
{
    public string Id => "device.sriov";

    public string Label => "NIC bound to the host's hardware";

    public string Finds => "Warning for an SR-IOV or RDMA NIC, which becomes an ordinary virtio NIC.";

    public string Assessment => "The NIC is bound to a function of the ESXi host's adapter. The domain gets a virtio NIC with the same MAC address: more CPU per packet, no RDMA.";

    public string Remedy => "Accept it, or assign a virtual function of the KVM host's adapter after the move.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere API VirtualSriovEthernetCard; Forklift vmware.device.sriov.detected";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (Nic nic in context.Vm.Nics.Where(nic => nic.Type is "VirtualSriovEthernetCard" or "VirtualVmxnet3Vrdma"))
        {
            yield return this.Find(ConcernSeverity.Warning, nic.Label,
                $"{nic.Label} is a {nic.Type}, bound to a function of the ESXi host's adapter. The domain gets a virtio NIC with the same MAC address: more CPU per packet, no RDMA.",
                Remedy);
        }
    }
}
