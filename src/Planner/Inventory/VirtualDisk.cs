namespace Migrate.Planner.Inventory;

/// <summary>How a virtual disk is stored; decides which readers can read it.</summary>
public enum DiskBacking
{
    Unknown,
    Flat,
    SeSparse,
    Sparse,
    RawDeviceMapping,
    RawDisk,
    PersistentMemory,
}

public sealed record VirtualDisk
{
    /// <summary>Device key inside its VM, e.g. 2000.</summary>
    public required int Key { get; init; }
    public required string Label { get; init; }
    public required long CapacityBytes { get; init; }
    public int ControllerKey { get; init; }
    public int UnitNumber { get; init; }
    /// <summary>PerformanceManager's instance, e.g. "scsi0:0".</summary>
    public string Instance { get; init; } = "";
    /// <summary>VMware's disk UUID ("6000C29x-…"); null where the backing has none.</summary>
    public string? Uuid { get; init; }
    /// <summary>Datastore path of the descriptor, e.g. "[ds1] web01/web01.vmdk".</summary>
    public string FileName { get; init; } = "";
    public string? DatastoreKey { get; init; }
    public DiskBacking Backing { get; init; }
    /// <summary>vim25 type name of the backing, for what <see cref="Backing"/> does not know.</summary>
    public string BackingType { get; init; } = "";
    public string DiskMode { get; init; } = "persistent";
    public string Sharing { get; init; } = "sharingNone";
    public bool ThinProvisioned { get; init; }
    public string? ChangeId { get; init; }
    /// <summary>Length of the parent chain: 0 when the backing is not a snapshot's delta.</summary>
    public int ParentCount { get; init; }
    public string? RdmCompatibility { get; init; }
    public string? LunUuid { get; init; }
    public string? EncryptionKeyId { get; init; }
    public string? VsanObjectId { get; init; }
    /// <summary>IOPS limit set in vSphere; null or -1 means none.</summary>
    public long? IopsLimit { get; init; }
    /// <summary>Its storage policy; null when it has none or the policy service could not be asked.</summary>
    public StoragePolicy? Policy { get; init; }
}
