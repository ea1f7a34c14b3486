using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class UnknownDevice : IConcernRule
{
    public string Id => "device.unknown";

    public string Label => "Device of an unknown type";

    public string Finds => "Warning for a device whose type is not known here: it is not carried over.";

    public string Assessment => "The device's type is not known here, so that nobody can say what the guest loses without it. It is not carried over.";

    public string Remedy => "Find out what the guest uses it for.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere API VirtualDevice; newer releases add types";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (OtherDevice device in context.Vm.OtherDevices.Where(device => !Known.Contains(device.Type)))
        {
            yield return this.Find(ConcernSeverity.Warning, device.Label,
                $"{device.Label} is a {device.Type}, a type that is not known here. It is not carried over.",
                Remedy);
        }
    }

    private static readonly HashSet<string> Known =
    [
        "VirtualPCIPassthrough", "VirtualSCSIPassthrough", "VirtualUSB", "VirtualUSBController", "VirtualUSBXHCIController", "VirtualSerialPort", "VirtualParallelPort",
        "VirtualFloppy", "VirtualCdrom", "VirtualTPM", "VirtualWDT", "VirtualNVDIMM", "VirtualNVDIMMController", "VirtualPrecisionClock", "VirtualMachineVideoCard",
        "VirtualSoundCard", "VirtualHdAudioCard", "VirtualEnsoniq1371", "VirtualSoundBlaster16", "VirtualMachineVMCIDevice", "VirtualKeyboard", "VirtualPointingDevice",
        "VirtualPCIController", "VirtualPS2Controller", "VirtualSIOController", "VirtualIDEController",
    ];
}
