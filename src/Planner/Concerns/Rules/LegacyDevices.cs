using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class LegacyDevices : IConcernRule
{
    public string Id => "device.not-carried-over";

    public string Label => "Device that is not carried over";

    public string Finds => "Warning for an attached USB device and for serial, parallel and floppy devices.";

    public string Assessment => "The device is bound to the ESXi host, or to a file or network address there. The domain is defined without.";

    public string Remedy => "Check whether the guest needs it (licence dongles, fax and serial consoles do), and attach a counterpart to the domain by hand.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere API VirtualDevice; virt-v2v carries none of them over";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        // A bare USB controller is in nearly every VM and loses nothing; only what is plugged into it does.
        foreach (OtherDevice device in context.Vm.OtherDevices.Where(device => device.Type is "VirtualUSB" or "VirtualSerialPort" or "VirtualParallelPort" or "VirtualFloppy"))
        {
            yield return this.Find(ConcernSeverity.Warning, device.Label,
                $"{device.Label} ({Words.Or(device.Summary, device.Type)}) is not carried over: it is bound to the ESXi host, or to a file or network address there.",
                Remedy);
        }
    }
}
