using Migrate.Simulator.Estates;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.VirtualMachines;

/// <summary>config.hardware.device: what every VM has, its controllers, disks, NICs and the rest.</summary>
internal sealed class VmDevices(VirtualMachine vm, VmState state)
{
    private readonly VmExtras _extras = new(vm);

    public IEnumerable<DataObject> All()
    {
        var disks = vm.Disks.Select(Disk).ToList();
        var nics = vm.Source.Nics!.Select((nic, i) => new VmNics(vm).Of(nic, i)).ToList();
        var extras = _extras.All().ToList();
        var children = disks.Concat(nics).Concat(extras).Where(d => d["controllerKey"] is int)
            .ToLookup(d => (int)d["controllerKey"]!, d => (int)d["key"]!);
        return [.. Chassis(children), .. vm.Controllers.Select(c => Controller(c, children)), .. disks, .. nics, .. extras];
    }

    public static DataObject Device(string type, int key, string label, string summary, int? controllerKey = null, int? unit = null) => DataObject.Of(
        type,
        ("key", key),
        ("deviceInfo", DataObject.Of("Description", ("label", label), ("summary", summary))),
        ("controllerKey", controllerKey),
        ("unitNumber", unit));

    private IEnumerable<DataObject> Chassis(ILookup<int, int> children)
    {
        yield return Bus("VirtualIDEController", 200, "IDE 0", 0, children[200]);
        yield return Bus("VirtualIDEController", 201, "IDE 1", 1, children[201]);
        yield return Bus("VirtualPS2Controller", 300, "PS2 controller 0", 0, [600, 700]);
        yield return Bus("VirtualPCIController", 100, "PCI controller 0", 0, [500, 12000, .. vm.Controllers.Select(Key), .. children[100]]);
        yield return Bus("VirtualSIOController", 400, "SIO controller 0", 0, children[400]);
        yield return Device("VirtualKeyboard", 600, "Keyboard", "Keyboard", 300, 0);
        var pointer = Device("VirtualPointingDevice", 700, "Pointing device", "Pointing device; Device", 300, 1);
        pointer["backing"] = DataObject.Of("VirtualPointingDeviceDeviceBackingInfo", ("deviceName", ""), ("useAutoDetect", false), ("hostPointingDevice", "autodetect"));
        yield return pointer;
        var video = Device("VirtualMachineVideoCard", 500, "Video card", "Video card", 100, 0);
        video["videoRamSizeInKB"] = 8192L;
        video["numDisplays"] = 1;
        video["useAutoDetect"] = false;
        video["enable3DSupport"] = false;
        yield return video;
        var vmci = Device("VirtualMachineVMCIDevice", 12000, "VMCI device", "Device on the virtual machine PCI bus that provides support for the virtual machine communication interface", 100, 17);
        vmci["id"] = (long)BitConverter.ToInt32(StableBytes.Of("vmci/" + vm.Name));
        vmci["allowUnrestrictedCommunication"] = false;
        vmci["filterEnable"] = true;
        yield return vmci;
    }

    private static DataObject Bus(string type, int key, string label, int bus, IEnumerable<int> children)
    {
        var result = Device(type, key, label, label);
        result["busNumber"] = bus;
        result["device"] = children.Order().ToList();
        return result;
    }

    private static int Key(EstateController controller) => VmDisk.ControllerKeyOf(controller.Kind, controller.Bus);

    private static DataObject Controller(EstateController source, ILookup<int, int> children)
    {
        var (type, label, summary) = source.Kind switch
        {
            EstateControllerKind.Pvscsi => ("ParaVirtualSCSIController", "SCSI", "VMware paravirtual SCSI"),
            EstateControllerKind.LsiLogic => ("VirtualLsiLogicController", "SCSI", "LSI Logic"),
            EstateControllerKind.LsiLogicSas => ("VirtualLsiLogicSASController", "SCSI", "LSI Logic SAS"),
            EstateControllerKind.BusLogic => ("VirtualBusLogicController", "SCSI", "BusLogic"),
            EstateControllerKind.Ahci => ("VirtualAHCIController", "SATA", "AHCI"),
            EstateControllerKind.Nvme => ("VirtualNVMEController", "NVME", "NVME"),
            _ => throw new InvalidOperationException("IDE controllers are part of every VM."),
        };
        var key = Key(source);
        var result = Device(type, key, $"{label} controller {source.Bus}", summary, 100, 3 + source.Bus);
        result["busNumber"] = source.Bus;
        result["device"] = children[key].Order().ToList();
        if (result.Type.Is("VirtualSCSIController"))
        {
            result["hotAddRemove"] = true;
            result["sharedBus"] = source.Sharing;
            result["scsiCtlrUnitNumber"] = 7;
        }

        return result;
    }

    private DataObject Disk(VmDisk disk)
    {
        var capacity = state.At?.FrozenOf(disk)?.CapacityBytes ?? disk.CapacityBytes;
        var result = Device("VirtualDisk", disk.Key, disk.Label, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{capacity >> 10:N0} KB"), disk.ControllerKey, disk.Unit);
        result["backing"] = new DiskBackings(vm, state).Of(disk);
        result["capacityInKB"] = capacity >> 10;
        result["capacityInBytes"] = capacity;
        var shares = DataObject.Of("SharesInfo", ("shares", 1000), ("level", "normal"));
        result["shares"] = shares;
        result["storageIOAllocation"] = DataObject.Of("StorageIOAllocationInfo", ("limit", disk.Source.IopsLimit ?? -1L), ("shares", shares), ("reservation", 0));
        result["diskObjectId"] = $"{vm.Ref.Id[3..]}-{disk.Key}";
        result["nativeUnmanagedLinkedClone"] = false;
        result["virtualDiskFormat"] = disk.Source.Format;
        return result;
    }
}
