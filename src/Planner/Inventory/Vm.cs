namespace Migrate.Planner.Inventory;

/// <summary>
/// A virtual machine as vSphere described it. Keys are managed object ids ("vm-42"). What belongs together is in records of its
/// own: <see cref="Resources"/>, <see cref="Boot"/>, <see cref="Security"/>, <see cref="State"/>, <see cref="Guest"/>,
/// <see cref="Storage"/>.
/// </summary>
public sealed record Vm
{
    public required string Key { get; init; }
    public required string Name { get; init; }
    public string? InstanceUuid { get; init; }
    public string? BiosUuid { get; init; }
    public required string PowerState { get; init; } // poweredOn | poweredOff | suspended
    /// <summary>connected | disconnected | orphaned | inaccessible | invalid.</summary>
    public string ConnectionState { get; init; } = "connected";
    public string? HostKey { get; init; }
    public string Datacenter { get; init; } = "";
    public string Folder { get; init; } = "";
    public string? ResourcePoolKey { get; init; }
    /// <summary>Path of resource pools below the cluster's own, outermost first, e.g. "gold/databases"; empty for the cluster's own.</summary>
    public string ResourcePool { get; init; } = "";
    /// <summary>Name of the vApp that holds the VM; null outside of vApps.</summary>
    public string? VApp { get; init; }
    public string? VmPathName { get; init; }
    public string GuestId { get; init; } = "";
    public string GuestFullName { get; init; } = "";
    public string? GuestHostName { get; init; }
    public IReadOnlyList<string> IpAddresses { get; init; } = [];
    /// <summary>guest.toolsRunningStatus; more of the Tools is in <see cref="Guest"/>.</summary>
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
    /// <summary>False for hardware before version 7; null when the server does not say.</summary>
    public bool? ChangeTrackingSupported { get; init; }
    public bool DiskUuidEnabled { get; init; }
    public bool IsTemplate { get; init; }
    public bool IsManagedByExtension { get; init; }
    /// <summary>The extension that owns the VM (vCLS, NSX, …); null for VMs that belong to nobody.</summary>
    public ManagedBy? ManagedBy { get; init; }
    public string? FaultToleranceRole { get; init; }
    /// <summary>Of all snapshots of the tree.</summary>
    public int SnapshotCount { get; init; }
    /// <summary>All snapshots, each before its children.</summary>
    public IReadOnlyList<Snapshot> Snapshots { get; init; } = [];
    public bool ConsolidationNeeded { get; init; }
    public string? EncryptionKeyId { get; init; }
    public string LatencySensitivity { get; init; } = "normal"; // low | normal | medium | high | custom
    public string Annotation { get; init; } = "";
    public IReadOnlyList<Tag> Tags { get; init; } = [];
    public IReadOnlyList<CustomAttribute> CustomAttributes { get; init; } = [];
    public VmResources Resources { get; init; } = new();
    public VmBoot Boot { get; init; } = new();
    public VmSecurity Security { get; init; } = new();
    public VmState State { get; init; } = new();
    public VmGuest Guest { get; init; } = new();
    public VmStorage Storage { get; init; } = new();
    /// <summary>vSphere Replication; null when the VM is not replicated.</summary>
    public VmReplication? Replication { get; init; }
    /// <summary>What an OVF deployment left in the VM; null without.</summary>
    public OvfEnvironment? OvfEnvironment { get; init; }
    public IReadOnlyList<AdvancedSetting> AdvancedSettings { get; init; } = [];
    public IReadOnlyList<DiskController> Controllers { get; init; } = [];
    public IReadOnlyList<VirtualDisk> Disks { get; init; } = [];
    public IReadOnlyList<Nic> Nics { get; init; } = [];
    public IReadOnlyList<OtherDevice> OtherDevices { get; init; } = [];
    /// <summary>Devices that the source has and that could not be read: they are in none of the other lists.</summary>
    public IReadOnlyList<UnreadDevice> UnreadDevices { get; init; } = [];
    public IReadOnlyList<string> DatastoreKeys { get; init; } = [];
    /// <summary>Networks that the VM names, also such that no NIC is on any more.</summary>
    public IReadOnlyList<string> NetworkKeys { get; init; } = [];
}

/// <summary>The extension that owns a VM, e.g. com.vmware.vim.eam, and what the VM is to it.</summary>
public sealed record ManagedBy(string ExtensionKey, string Type);

/// <summary>
/// An entry of the VM's .vmx file that is no property of its own. Only those that decide how the VM runs are kept.
/// <paramref name="Value"/> is null where it may hold a secret (guestinfo.*): the name alone tells that it is in use.
/// </summary>
public sealed record AdvancedSetting(string Name, string? Value);

/// <summary>A device that the source has and that nothing could be made of.</summary>
/// <param name="Type">vim25 type name, e.g. VirtualDisk; what the description calls it where that cannot be had.</param>
/// <param name="Label">As in vSphere ("Hard disk 1"), or its place in the description.</param>
/// <param name="Cause">Why.</param>
public sealed record UnreadDevice(string Type, string Label, string Cause);

/// <summary>vSphere Replication of a VM. It keeps its own snapshots and tracking, and ends with the VM.</summary>
/// <param name="Id">Identifier of the replication.</param>
/// <param name="Destination">Address that it sends to.</param>
/// <param name="RpoMinutes">How old the replica may be.</param>
/// <param name="Paused">Whether it rests.</param>
/// <param name="DiskKeys">Device keys of the replicated disks.</param>
public sealed record VmReplication(string Id, string Destination, long RpoMinutes, bool Paused, IReadOnlyList<int> DiskKeys);

/// <summary>How the guest is told its OVF properties; on KVM nobody does.</summary>
/// <param name="Transports">iso, com.vmware.guestInfo, …; empty when the guest is not told.</param>
/// <param name="PropertyNames">Names only: values may be passwords.</param>
public sealed record OvfEnvironment(IReadOnlyList<string> Transports, IReadOnlyList<string> PropertyNames);
