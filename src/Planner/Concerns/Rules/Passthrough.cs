using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class Passthrough : IConcernRule
{
    public string Id => "device.passthrough";

    public string Label => "Device passed through from the host";

    public string Finds => "Critical for a PCI, vGPU or SCSI device of the ESXi host that the VM owns.";

    public string Assessment => "The VM owns a device of the ESXi host. The KVM host may not have one, and the guest may not start without it.";

    public string Remedy => "Remove the device from the VM, or give the domain an equal device of the KVM host by hand after the move.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "vSphere API VirtualPCIPassthrough; Forklift vmware.passthrough_device.detected";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (OtherDevice device in context.Vm.OtherDevices.Where(device => device.Type is "VirtualPCIPassthrough" or "VirtualSCSIPassthrough"))
        {
            yield return this.Find(ConcernSeverity.Critical, device.Label,
                $"{device.Label} ({Words.Or(device.Summary, "no description")}) is a device of the ESXi host. The KVM host may not have one, and the guest may not start without it.",
                Remedy);
        }
    }
}
