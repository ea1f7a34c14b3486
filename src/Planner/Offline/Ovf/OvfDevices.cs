using Migrate.Planner.Inventory;
using Migrate.Vim25;

namespace Migrate.Planner.Offline.Ovf;

/// <summary>Controllers, network cards and other devices of one system of an OVF.</summary>
internal sealed class OvfDevices(IReadOnlyList<OvfItem> items, string name, Problems problems)
{
    private static readonly Dictionary<string, string> ScsiTypes = new(StringComparer.OrdinalIgnoreCase)
    {
        ["lsilogic"] = nameof(VirtualLsiLogicController),
        ["lsilogicsas"] = nameof(VirtualLsiLogicSASController),
        ["virtualscsi"] = nameof(ParaVirtualSCSIController),
        ["paravirtualscsi"] = nameof(ParaVirtualSCSIController),
        ["buslogic"] = nameof(VirtualBusLogicController),
    };

    private static readonly Dictionary<string, string> NicTypes = new(StringComparer.OrdinalIgnoreCase)
    {
        ["e1000"] = nameof(VirtualE1000),
        ["e1000e"] = nameof(VirtualE1000e),
        ["vmxnet"] = nameof(VirtualVmxnet),
        ["vmxnet2"] = nameof(VirtualVmxnet2),
        ["vmxnet3"] = nameof(VirtualVmxnet3),
        ["pcnet32"] = nameof(VirtualPCNet32),
        ["sriovethernetcard"] = nameof(VirtualSriovEthernetCard),
    };

    /// <summary>Each controller with the id by which items name it as their parent.</summary>
    public IReadOnlyDictionary<string, DiskController> Controllers { get; } = Map(items, name, problems);

    public IReadOnlyList<Nic> Nics() => [.. items.Where(i => i.Type == OvfItem.Ethernet).Select(Nic)];

    public IReadOnlyList<OtherDevice> Others() =>
        [.. items.Where(i => i.Type is not (OvfItem.Cpu or OvfItem.Memory or OvfItem.Ethernet or OvfItem.Disk) && !IsController(i)).Select(Other)];

    private static bool IsController(OvfItem item) =>
        item.Type is OvfItem.Ide or OvfItem.Scsi || (item.Type == OvfItem.OtherStorage && (Is(item, "ahci") || Is(item, "sata") || Is(item, "nvme")));

    private static bool Is(OvfItem item, string word) => item.SubType.Contains(word, StringComparison.OrdinalIgnoreCase);

    private static Dictionary<string, DiskController> Map(IReadOnlyList<OvfItem> items, string name, Problems problems)
    {
        var controllers = new Dictionary<string, DiskController>(StringComparer.Ordinal);
        var used = new HashSet<int>();
        foreach (var item in items.Where(IsController))
        {
            var (start, type) = Kind(item, name, problems);
            // Addresses may be missing or the same for two; then the next free one, as vSphere does.
            var number = item.Int("Address", 0) is var address && address < 100 && !used.Contains(start + address) ? address : Enumerable.Range(0, 1000).First(n => !used.Contains(start + n));
            used.Add(start + number);
            if (!controllers.TryAdd(item.Id, new DiskController(start + number, type, number, VirtualSCSISharing.NoSharing)))
            {
                problems.Add(name, $"two items have the InstanceID {item.Id}");
            }
        }

        return controllers;
    }

    private static (int Start, string Type) Kind(OvfItem item, string name, Problems problems)
    {
        if (item.Type == OvfItem.Ide)
        {
            return (200, nameof(VirtualIDEController));
        }

        if (item.Type == OvfItem.OtherStorage)
        {
            return Is(item, "nvme") ? (31000, nameof(VirtualNVMEController)) : (15000, nameof(VirtualAHCIController));
        }

        // Several may be allowed: "lsilogic lsilogicsas". The first is what the VM was exported with.
        var subType = item.SubType.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? "lsilogic";
        if (ScsiTypes.TryGetValue(subType, out var type))
        {
            return (1000, type);
        }

        problems.Add(name, $"{item.Label} is a SCSI controller of the kind '{subType}', which is not known here");
        return (1000, nameof(VirtualSCSIController));
    }

    private Nic Nic(OvfItem item, int number)
    {
        var subType = item.SubType.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        if (subType is null || !NicTypes.TryGetValue(subType, out var type))
        {
            type = subType is null ? nameof(VirtualPCNet32) : nameof(VirtualEthernetCard);
            if (subType is not null)
            {
                problems.Add(name, $"{item.Label} is a network card of the kind '{subType}', which is not known here");
            }
        }

        var connected = item["AutomaticAllocation"]?.ToLowerInvariant() is not ("false" or "0");
        return new Nic(4000 + number, item.Label, type, item["Address"]?.ToLowerInvariant() ?? "", item["Connection"], item["Connection"] ?? "", connected)
        {
            AddressType = item["Address"] is null ? "generated" : "manual",
            Backing = NicBacking.Standard,
            StartConnected = connected,
        };
    }

    private static OtherDevice Other(OvfItem item, int number)
    {
        var (type, kind) = item.Type switch
        {
            OvfItem.Floppy => (nameof(VirtualFloppy), DeviceKind.Floppy),
            OvfItem.Cd or OvfItem.Dvd => (nameof(VirtualCdrom), DeviceKind.Cdrom),
            OvfItem.Serial => (nameof(VirtualSerialPort), DeviceKind.SerialPort),
            OvfItem.Parallel => (nameof(VirtualParallelPort), DeviceKind.ParallelPort),
            OvfItem.Usb => Is(item, "xhci") ? (nameof(VirtualUSBXHCIController), DeviceKind.UsbController) : (nameof(VirtualUSBController), DeviceKind.UsbController),
            OvfItem.Graphics => (nameof(VirtualMachineVideoCard), DeviceKind.VideoCard),
            OvfItem.Sound => (nameof(VirtualSoundCard), DeviceKind.SoundCard),
            _ when Is(item, "vmci") => (nameof(VirtualMachineVMCIDevice), DeviceKind.Vmci),
            _ when Is(item, "tpm") => (nameof(VirtualTPM), DeviceKind.Tpm),
            _ when Is(item, "wdt") => (nameof(VirtualWDT), DeviceKind.Watchdog),
            _ when Is(item, "pcipassthrough") => (nameof(VirtualPCIPassthrough), DeviceKind.PciPassthrough),
            _ => (nameof(VirtualDevice), DeviceKind.Unknown),
        };
        return new OtherDevice(50_000 + number, type, item.Label, item.SubType) { Kind = kind, StartConnected = item["AutomaticAllocation"]?.ToLowerInvariant() is "true" or "1" };
    }
}
