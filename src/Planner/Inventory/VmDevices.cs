namespace Migrate.Planner.Inventory;

/// <summary>A disk controller. <see cref="Type"/> is the vim25 type name, e.g. ParaVirtualSCSIController.</summary>
public sealed record DiskController(int Key, string Type, int BusNumber, string SharedBus)
{
    /// <summary>Disks can be added while the VM runs; null where the controller does not say (all but SCSI).</summary>
    public bool? HotAdd { get; init; }
    /// <summary>PCI slot, from which Windows and Linux derive device names; null when unknown.</summary>
    public int? PciSlot { get; init; }
}

/// <summary>
/// A network card. <paramref name="Connected"/> is the state of a running VM, and of a VM that is off the state that it will start with.
/// </summary>
public sealed record Nic(int Key, string Label, string Type, string MacAddress, string? NetworkKey, string NetworkName, bool Connected)
{
    /// <summary>assigned (by vCenter) | generated (by the host) | manual.</summary>
    public string AddressType { get; init; } = "";
    public NicBacking Backing { get; init; }
    /// <summary>Of a distributed switch.</summary>
    public string? SwitchUuid { get; init; }
    public bool StartConnected { get; init; }
    public bool WakeOnLan { get; init; }
    /// <summary>Direct access to the physical card where it is to be had (UPT).</summary>
    public bool UptCompatible { get; init; }
    public int? PciSlot { get; init; }
    /// <summary>PCI address of the physical function of an SR-IOV card, or the protocol of an RDMA card.</summary>
    public string? PhysicalFunction { get; init; }
}

public enum NicBacking
{
    Unknown,
    /// <summary>A port group of a host's own switch.</summary>
    Standard,
    Distributed,
    /// <summary>A network of NSX or another manager.</summary>
    Opaque,
}

public enum DeviceKind
{
    /// <summary>A type that is not known here.</summary>
    Unknown,
    /// <summary>A certain PCI device of a certain host.</summary>
    PciPassthrough,
    /// <summary>Any host's PCI device of some vendor and device ids.</summary>
    DynamicPciPassthrough,
    VirtualGpu,
    /// <summary>A device of a vendor's device virtualization extensions (DVX).</summary>
    Dvx,
    /// <summary>A SCSI device of the host.</summary>
    ScsiPassthrough,
    /// <summary>An attached USB device.</summary>
    Usb,
    UsbController,
    SerialPort,
    ParallelPort,
    Floppy,
    Cdrom,
    Tpm,
    Watchdog,
    Nvdimm,
    NvdimmController,
    PrecisionClock,
    VideoCard,
    SoundCard,
    Vmci,
}

/// <summary>A device that is neither disk, disk controller nor NIC; <see cref="Type"/> is the vim25 type name.</summary>
public sealed record OtherDevice(int Key, string Type, string Label, string Summary)
{
    public DeviceKind Kind { get; init; }
    /// <summary>vim25 type name of the backing; empty without one.</summary>
    public string BackingType { get; init; } = "";
    /// <summary>
    /// What is behind it: a datastore path ("[iso] debian.iso"), a device of the host ("/dev/ttyS0", "0000:3b:00.0"), an address
    /// ("telnet://:7001"), a vGPU profile, a DVX class; null: nothing.
    /// </summary>
    public string? Backing { get; init; }
    /// <summary>The backing is at somebody's workstation and not at the host.</summary>
    public bool IsRemote { get; init; }
    public string? DatastoreKey { get; init; }
    /// <summary>Null for devices that cannot be connected and disconnected.</summary>
    public bool? Connected { get; init; }
    public bool? StartConnected { get; init; }
    /// <summary>Of an NVDIMM: its capacity; of a video card: its memory. Bytes.</summary>
    public long? SizeBytes { get; init; }
    /// <summary>PCI or USB ids "vendor:product" in hexadecimal: the device's own, or those that may be given.</summary>
    public IReadOnlyList<string> Ids { get; init; } = [];
    /// <summary>Of a watchdog: it runs from the start of the VM. Of a video card: 3D is on.</summary>
    public bool IsActive { get; init; }
    /// <summary>Of a vGPU or a DVX device: the running VM can be moved between hosts. Null: the server does not say.</summary>
    public bool? CanMigrate { get; init; }
}
