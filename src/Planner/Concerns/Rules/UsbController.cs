using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class UsbController : IConcernRule
{
    public string Id => "device.usb-controller";

    public string Label => "USB controller";

    public string Finds => "Warning when the VM has a USB controller: what is plugged into it is not carried over.";

    public string Assessment => "USB devices of the ESXi host or of a client that are plugged in now and then are not carried over.";

    public string Remedy => "Nothing if nobody plugs anything in; otherwise attach the device to the domain, or use a network USB hub.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere API VirtualUSBController; Forklift vmware.usb_controller.detected";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (OtherDevice device in context.Vm.OtherDevices.Where(device => device.Type is "VirtualUSBController" or "VirtualUSBXHCIController"))
        {
            yield return this.Find(ConcernSeverity.Warning, device.Label,
                $"The VM has a {Words.Or(device.Label, device.Type)}. USB devices of the ESXi host or of a client that are plugged in now and then are not carried over.",
                Remedy);
        }
    }
}
