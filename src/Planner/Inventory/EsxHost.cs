namespace Migrate.Planner.Inventory;

public sealed record EsxHost
{
    public required string Key { get; init; }
    public required string Name { get; init; }
    public string Version { get; init; } = "";
    public string Build { get; init; } = "";
    public string ConnectionState { get; init; } = "";
    public bool InMaintenance { get; init; }
    public string CpuModel { get; init; } = "";
    public int CpuCores { get; init; }
    public long MemoryBytes { get; init; }
    public string? ClusterKey { get; init; }
    public bool VsanEnabled { get; init; }
    public bool VsanEsa { get; init; }
    public IReadOnlyList<StorageAdapter> Adapters { get; init; } = [];
    public IReadOnlyList<RdmaDevice> RdmaDevices { get; init; } = [];
    public IReadOnlyList<PhysicalNic> PhysicalNics { get; init; } = [];
    public IReadOnlyList<Lun> Luns { get; init; } = [];
}

public enum AdapterKind
{
    Unknown,
    SoftwareIscsi,
    HardwareIscsi,
    Iser,
    FibreChannel,
    Fcoe,
    NvmePcie,
    NvmeRdma,
    NvmeTcp,
    Sas,
    Local,
}

/// <summary>
/// An HBA. vim25 has no type for iSER: <see cref="Kind"/> comes from driver and model strings, so it carries the
/// confidence and the reason.
/// </summary>
public sealed record StorageAdapter
{
    public required string Key { get; init; }
    public required string Device { get; init; }
    public string Model { get; init; } = "";
    public string Driver { get; init; } = "";
    public string Status { get; init; } = "";
    public string VimType { get; init; } = "";
    public AdapterKind Kind { get; init; }
    /// <summary>certain | probable | unknown.</summary>
    public string Confidence { get; init; } = "certain";
    public string Reason { get; init; } = "";
    public string? Iqn { get; init; }
    /// <summary>Key or device name of the RDMA device that carries it, when known.</summary>
    public string? RdmaDevice { get; init; }
}

public sealed record RdmaDevice(string Key, string Device, string Driver, string Description, string? PairedUplinkKey, long SpeedMbps, bool RoceV1, bool RoceV2, bool Iwarp);

public sealed record PhysicalNic(string Key, string Device, string Driver, string Mac, long SpeedMbps);

/// <summary>A LUN as one host sees it. Vendor and model are trimmed of SCSI INQUIRY padding.</summary>
public sealed record Lun
{
    public required string Key { get; init; }
    public required string CanonicalName { get; init; }
    public string Vendor { get; init; } = "";
    public string Model { get; init; } = "";
    public long CapacityBytes { get; init; }
    public bool? Ssd { get; init; }
    public bool PerenniallyReserved { get; init; }
    public string PathPolicy { get; init; } = "";
    public string ArrayPolicy { get; init; } = "";
    public IReadOnlyList<LunPath> Paths { get; init; } = [];
}

/// <summary>One path to a LUN; <see cref="Transport"/> names target and portals, e.g. an IQN.</summary>
public sealed record LunPath(string Name, string State, bool Working, string AdapterKey, string Transport);
