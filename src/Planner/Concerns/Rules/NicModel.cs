using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class NicModel : IConcernRule
{
    public string Id => "nic.model-changes";

    public string Label => "NIC of another model";

    public string Finds => "Information for a NIC that is not vmxnet3: virtio-net needs its driver in the guest.";

    public string Assessment => "Every guest has a driver for emulated NICs. The domain's is virtio-net, for which it needs one of its own.";

    public string Remedy => "Check that the guest has the virtio-net driver.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "The domain's NICs are virtio; vSphere API VirtualEthernetCard";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (Nic nic in context.Vm.Nics.Where(nic => nic.Type is "VirtualE1000" or "VirtualE1000e" or "VirtualPCNet32" or "VirtualVmxnet2" or "VirtualVmxnet"))
        {
            yield return this.Find(ConcernSeverity.Information, nic.Label,
                $"{nic.Label} is a {nic.Type}, for which every guest has a driver. The domain's is virtio-net.",
                Remedy);
        }
    }
}
