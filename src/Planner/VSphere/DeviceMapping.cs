using Migrate.Planner.Inventory;
using Migrate.Vim25;
using VirtualDisk = Migrate.Planner.Inventory.VirtualDisk;

namespace Migrate.Planner.VSphere;

/// <summary>A VM's devices, sorted into disk controllers, disks, NICs and the rest.</summary>
internal sealed class DeviceMapping(IEnumerable<VirtualDevice> devices, NetworkNames networks, bool isPoweredOn)
{
    /// <summary>What every VM has and what carries no state of its own.</summary>
    internal static readonly HashSet<string> Plumbing =
        [nameof(VirtualPCIController), nameof(VirtualPS2Controller), nameof(VirtualSIOController), nameof(VirtualKeyboard), nameof(VirtualPointingDevice),
            nameof(VirtualMachineVMIROM)];

    private readonly List<VirtualDevice> _devices = [.. devices];

    public IReadOnlyList<DiskController> Controllers() =>
        [.. _devices.Where(IsDiskController).Cast<VirtualController>().Select(c => new DiskController(c.Key, c.GetType().Name, c.BusNumber, SharedBus(c))
        {
            HotAdd = (c as VirtualSCSIController)?.HotAddRemove,
            PciSlot = Slot(c),
        })];

    public IReadOnlyList<VirtualDisk> Disks() => [.. _devices.OfType<Vim25.VirtualDisk>().Select(Disk)];

    public IReadOnlyList<Nic> Nics() => [.. _devices.OfType<VirtualEthernetCard>().Select(Nic)];

    public IReadOnlyList<OtherDevice> Others() =>
    [
        .. _devices
            .Where(d => d is not (Vim25.VirtualDisk or VirtualEthernetCard) && !IsDiskController(d) && !Plumbing.Contains(d.GetType().Name))
            .Select(d => OtherDevices.Map(d, Label(d))),
    ];

    internal static bool IsDiskController(VirtualDevice device) =>
        device is VirtualSCSIController or VirtualIDEController or VirtualSATAController or VirtualNVMEController;

    private static string SharedBus(VirtualController controller) => controller switch
    {
        VirtualSCSIController scsi => scsi.SharedBus ?? VirtualSCSISharing.NoSharing,
        VirtualNVMEController nvme => nvme.SharedBus ?? VirtualSCSISharing.NoSharing,
        _ => VirtualSCSISharing.NoSharing,
    };

    private VirtualDisk Disk(Vim25.VirtualDisk disk) => DiskBackings.Apply(
        new VirtualDisk
        {
            Key = disk.Key,
            Label = Label(disk),
            // Servers before 5.5 give kilobytes only.
            CapacityBytes = disk.CapacityInBytes ?? disk.CapacityInKB * 1024,
            ControllerKey = disk.ControllerKey ?? 0,
            UnitNumber = disk.UnitNumber ?? 0,
            Instance = Instance(disk),
            GuestReadOnly = disk.GuestReadOnly ?? false,
            Format = disk.VirtualDiskFormat,
            SectorBytes = disk.VirtualDiskFormat switch { "native_4k" => 4096, "native_512" => 512, _ => null },
            NativeLinkedClone = disk.NativeUnmanagedLinkedClone ?? false,
            ObjectId = disk.DiskObjectId,
            FirstClassDiskId = disk.VDiskId?.Id,
            IoFilters = disk.Iofilter ?? [],
            FlashCacheBytes = (disk.VFlashCacheConfigInfo?.ReservationInMB ?? 0) << 20,
            IopsLimit = disk.StorageIOAllocation?.Limit,
            IopsReservation = disk.StorageIOAllocation?.Reservation ?? 0,
            IopsSharesLevel = disk.StorageIOAllocation?.Shares?.Level,
            IopsShares = disk.StorageIOAllocation?.Shares?.Shares ?? 0,
        },
        disk.Backing);

    /// <summary>PerformanceManager's name of the disk; empty when its controller is unknown.</summary>
    private string Instance(Vim25.VirtualDisk disk) => _devices.OfType<VirtualController>().FirstOrDefault(c => c.Key == disk.ControllerKey) switch
    {
        VirtualSCSIController c => $"scsi{c.BusNumber}:{disk.UnitNumber}",
        VirtualIDEController c => $"ide{c.BusNumber}:{disk.UnitNumber}",
        VirtualSATAController c => $"sata{c.BusNumber}:{disk.UnitNumber}",
        VirtualNVMEController c => $"nvme{c.BusNumber}:{disk.UnitNumber}",
        _ => "",
    };

    private Nic Nic(VirtualEthernetCard card)
    {
        var (key, name) = networks.Of(card.Backing);
        // Nothing is connected while a VM is off; what it will be when it starts is then the answer.
        var isConnected = isPoweredOn ? card.Connectable?.Connected : card.Connectable?.StartConnected;
        return new Nic(card.Key, Label(card), card.GetType().Name, card.MacAddress ?? "", key, name, isConnected ?? false)
        {
            AddressType = card.AddressType ?? "",
            Backing = card.Backing switch
            {
                VirtualEthernetCardDistributedVirtualPortBackingInfo => NicBacking.Distributed,
                VirtualEthernetCardOpaqueNetworkBackingInfo => NicBacking.Opaque,
                VirtualDeviceDeviceBackingInfo => NicBacking.Standard,
                _ => NicBacking.Unknown,
            },
            SwitchUuid = (card.Backing as VirtualEthernetCardDistributedVirtualPortBackingInfo)?.Port?.SwitchUuid,
            StartConnected = card.Connectable?.StartConnected ?? false,
            WakeOnLan = card.WakeOnLanEnabled ?? false,
            UptCompatible = (card as VirtualVmxnet3)?.Uptv2Enabled ?? card.UptCompatibilityEnabled ?? false,
            PciSlot = Slot(card),
            PhysicalFunction = card switch
            {
                VirtualSriovEthernetCard sriov => sriov.SriovBacking?.PhysicalFunctionBacking?.Id,
                VirtualVmxnet3Vrdma rdma => rdma.DeviceProtocol,
                _ => null,
            },
        };
    }

    private static int? Slot(VirtualDevice device) => (device.SlotInfo as VirtualDevicePciBusSlotInfo)?.PciSlotNumber;

    private static string Label(VirtualDevice device) => device.DeviceInfo?.Label ?? $"device {device.Key}";
}
