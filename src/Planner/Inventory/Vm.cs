namespace Migrate.Planner.Inventory;

/// <summary>A virtual machine as vSphere described it. Keys are managed object ids ("vm-42").</summary>
public sealed record Vm
{
    public required string Key { get; init; }
    public required string Name { get; init; }
    public string? InstanceUuid { get; init; }
    public string? BiosUuid { get; init; }
    public required string PowerState { get; init; } // poweredOn | poweredOff | suspended
    public string ConnectionState { get; init; } = "connected";
    public string? HostKey { get; init; }
    public string Datacenter { get; init; } = "";
    public string Folder { get; init; } = "";
    public string? VmPathName { get; init; }
    public string GuestId { get; init; } = "";
    public string GuestFullName { get; init; } = "";
    public string? GuestHostName { get; init; }
    public IReadOnlyList<string> IpAddresses { get; init; } = [];
    public string ToolsStatus { get; init; } = "";
    public string Firmware { get; init; } = "bios"; // bios | efi
    public bool SecureBoot { get; init; }
    public string HardwareVersion { get; init; } = "";
    public int CpuCount { get; init; }
    public int CoresPerSocket { get; init; }
    public long MemoryBytes { get; init; }
    public bool CpuHotAddEnabled { get; init; }
    public bool MemoryHotAddEnabled { get; init; }
    public bool ChangeTrackingEnabled { get; init; }
    public bool DiskUuidEnabled { get; init; }
    public bool IsTemplate { get; init; }
    public bool IsManagedByExtension { get; init; }
    public string? FaultToleranceRole { get; init; }
    public int SnapshotCount { get; init; }
    public bool ConsolidationNeeded { get; init; }
    public string? EncryptionKeyId { get; init; }
    public string LatencySensitivity { get; init; } = "normal";
    public string Annotation { get; init; } = "";
    public IReadOnlyList<DiskController> Controllers { get; init; } = [];
    public IReadOnlyList<VirtualDisk> Disks { get; init; } = [];
    public IReadOnlyList<Nic> Nics { get; init; } = [];
    public IReadOnlyList<OtherDevice> OtherDevices { get; init; } = [];
    public IReadOnlyList<string> DatastoreKeys { get; init; } = [];
}

/// <summary>A disk controller. <see cref="Type"/> is the vim25 type name, e.g. ParaVirtualSCSIController.</summary>
public sealed record DiskController(int Key, string Type, int BusNumber, string SharedBus);

public sealed record Nic(int Key, string Label, string Type, string MacAddress, string? NetworkKey, string NetworkName, bool Connected);

/// <summary>A device that is neither disk, disk controller nor NIC; <see cref="Type"/> is the vim25 type name.</summary>
public sealed record OtherDevice(int Key, string Type, string Label, string Summary);
