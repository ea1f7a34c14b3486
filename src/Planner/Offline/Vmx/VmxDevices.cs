using Migrate.Planner.Inventory;
using Migrate.Vim25;

namespace Migrate.Planner.Offline.Vmx;

/// <summary>Network cards of a .vmx file, and devices that are neither drives nor cards.</summary>
internal sealed class VmxDevices(VmxSettings settings, string fileName, Problems problems)
{
    private const int MaxNics = 10;

    public IReadOnlyList<Nic> Nics() => [.. Present("ethernet", MaxNics).Select(Nic)];

    public IReadOnlyList<OtherDevice> Others() =>
    [
        .. Present("floppy", 2).Select(n => Device(8000 + n, nameof(VirtualFloppy), DeviceKind.Floppy, $"floppy{n}", settings[$"floppy{n}.fileName"])),
        .. Present("serial", 32).Select(n => Device(9000 + n, nameof(VirtualSerialPort), DeviceKind.SerialPort, $"serial{n}", settings[$"serial{n}.fileName"])),
        .. Present("parallel", 3).Select(n => Device(10000 + n, nameof(VirtualParallelPort), DeviceKind.ParallelPort, $"parallel{n}", settings[$"parallel{n}.fileName"])),
        .. Present("pciPassthru", 16).Select(n => settings[$"pciPassthru{n}.vgpu"] is { } profile
            ? Device(13000 + n, nameof(VirtualPCIPassthrough), DeviceKind.VirtualGpu, $"pciPassthru{n}", profile)
            : Device(13000 + n, nameof(VirtualPCIPassthrough), DeviceKind.PciPassthrough, $"pciPassthru{n}", settings[$"pciPassthru{n}.id"])),
        .. One("usb", 7000, nameof(VirtualUSBController), DeviceKind.UsbController),
        .. One("usb_xhci", 14000, nameof(VirtualUSBXHCIController), DeviceKind.UsbController),
        .. One("sound", 5000, nameof(VirtualSoundCard), DeviceKind.SoundCard),
        .. One("vtpm", 11000, nameof(VirtualTPM), DeviceKind.Tpm),
        .. One("vwdt", 18000, nameof(VirtualWDT), DeviceKind.Watchdog),
        .. One("vmci0", 12000, nameof(VirtualMachineVMCIDevice), DeviceKind.Vmci),
    ];

    private IEnumerable<int> Present(string device, int count) => Enumerable.Range(0, count).Where(n => settings.Flag($"{device}{n}.present"));

    private IEnumerable<OtherDevice> One(string name, int key, string type, DeviceKind kind) => settings.Flag($"{name}.present") ? [Device(key, type, kind, name, null)] : [];

    private OtherDevice Device(int key, string type, DeviceKind kind, string name, string? backing) => new(key, type, name, "")
    {
        Kind = kind,
        Backing = backing is null ? null : DatastorePath.Of(backing),
        IsRemote = settings.Flag($"{name}.clientDevice"),
        StartConnected = settings.Flag($"{name}.startConnected", otherwise: true),
    };

    private Nic Nic(int number)
    {
        var name = $"ethernet{number}";
        var isStatic = settings[$"{name}.addressType"]?.ToLowerInvariant() is "static";
        var connected = settings.Flag($"{name}.startConnected", otherwise: true);
        var address = settings[$"{name}.address"] ?? settings[$"{name}.generatedAddress"];
        if ((isStatic ? settings[$"{name}.address"] : settings[$"{name}.generatedAddress"] ?? settings[$"{name}.address"]) is { } preferred)
        {
            address = preferred;
        }

        return new Nic(4000 + number, name, Type(name), address?.ToLowerInvariant() ?? "", null, Network(name), connected)
        {
            AddressType = settings[$"{name}.addressType"]?.ToLowerInvariant() switch { "static" => "manual", "vpx" => "assigned", null or "generated" => "generated", var other => other },
            Backing = settings[$"{name}.dvs.switchId"] is not null ? NicBacking.Distributed : settings[$"{name}.opaqueNetwork.id"] is not null ? NicBacking.Opaque : NicBacking.Standard,
            SwitchUuid = settings.Uuid($"{name}.dvs.switchId"),
            StartConnected = connected,
            WakeOnLan = settings.Flag($"{name}.wakeOnPcktRcv"),
            UptCompatible = settings.Flag($"{name}.uptCompatibility"),
            PciSlot = settings.Number($"{name}.pciSlotNumber") is { } slot and >= 0 and <= int.MaxValue ? (int)slot : null,
        };
    }

    /// <summary>The port group; on a workstation, which has none, how the card is connected. A word where nothing is said, so that a plan can map it.</summary>
    private string Network(string name) => settings[$"{name}.networkName"] ?? settings[$"{name}.dvs.portgroupId"] ?? settings[$"{name}.opaqueNetwork.id"]
        ?? settings[$"{name}.vnet"] ?? settings[$"{name}.connectionType"] ?? "(none)";

    private string Type(string name)
    {
        switch (settings[$"{name}.virtualDev"]?.ToLowerInvariant())
        {
            case "e1000": return nameof(VirtualE1000);
            case "e1000e": return nameof(VirtualE1000e);
            case "vmxnet3": return nameof(VirtualVmxnet3);
            // Feature bit 15 is what makes version 2 of it.
            case "vmxnet": return settings.Number($"{name}.features") == 15 ? nameof(VirtualVmxnet2) : nameof(VirtualVmxnet);
            // "flexible": a PCnet that turns into a vmxnet once the guest has VMware's driver.
            case null or "vlance": return nameof(VirtualPCNet32);
            case "sriov": return nameof(VirtualSriovEthernetCard);
            case var other:
                problems.Add(fileName, $"{name}.virtualDev is '{other}', which is not known here");
                return nameof(VirtualEthernetCard);
        }
    }
}
