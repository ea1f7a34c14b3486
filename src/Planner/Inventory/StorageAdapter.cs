namespace Migrate.Planner.Inventory;

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
    NvmeFc,
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
    /// <summary>PCI address; empty for adapters of software.</summary>
    public string Pci { get; init; } = "";
    /// <summary>scsi or nvme.</summary>
    public string Protocol { get; init; } = "scsi";
    public string? Iqn { get; init; }
    /// <summary>Key or device name of the RDMA device that carries it, when known.</summary>
    public string? RdmaDevice { get; init; }
    /// <summary>Device name of the NIC that carries it: NVMe/TCP's own, or the uplink of <see cref="RdmaDevice"/>.</summary>
    public string? Uplink { get; init; }
    /// <summary>iSCSI by the host's own software.</summary>
    public bool IsSoftware { get; init; }
    /// <summary>Of the link, as the adapter tells it; 0 when it does not.</summary>
    public long SpeedMbps { get; init; }
    /// <summary>How initiator and targets prove who they are: none, a vim25 CHAP mode such as chapRequired, with "+ mutual" when both sides do. Null when not iSCSI.</summary>
    public string? Chap { get; init; }
    /// <summary>Targets that it is configured to log in to. Empty when not iSCSI.</summary>
    public IReadOnlyList<IscsiTarget> Targets { get; init; } = [];
    /// <summary>notsupported | optional | required; empty when not iSCSI or not told.</summary>
    public string BindingSupport { get; init; } = "";
    /// <summary>The VMkernel adapters bound to it; null when that could not be asked (dumps, no privilege, not iSCSI).</summary>
    public IReadOnlyList<PortBinding>? PortBindings { get; init; }
}

/// <summary>A configured iSCSI target. <paramref name="Iqn"/> is null for an address that is asked for its targets (send targets).</summary>
public sealed record IscsiTarget(string Address, int Port, string? Iqn);

/// <summary>
/// A VMkernel adapter bound to an iSCSI or iSER adapter. <paramref name="Compliant"/>: the host's own verdict on the binding, with
/// <paramref name="Complaint"/> naming the faults; null when it gives none. <paramref name="PathStatus"/>: notUsed | active | standby | lastActive.
/// </summary>
public sealed record PortBinding(string Vmkernel, string? Uplink, string? Switch, string? PortGroup, bool? Compliant, string Complaint, string PathStatus);

/// <summary>
/// A connection to an NVMe controller: of a device in the machine, or of a subsystem on the network. Its namespaces are
/// LUNs of the host whose canonical name is <see cref="NvmeNamespace.Name"/>.
/// </summary>
public sealed record NvmeController
{
    public required string Key { get; init; }
    public required string AdapterKey { get; init; }
    public int Number { get; init; }
    public string Name { get; init; } = "";
    public string SubsystemNqn { get; init; } = "";
    /// <summary>pcie | fibreChannel | rdma | tcp | loopback | unsupported.</summary>
    public string Transport { get; init; } = "";
    public int Queues { get; init; }
    public int QueueSize { get; init; }
    /// <summary>COMPARE AND WRITE, without which VMFS cannot lock.</summary>
    public bool FusedOperations { get; init; }
    public string Model { get; init; } = "";
    public string Firmware { get; init; } = "";
    public IReadOnlyList<NvmeNamespace> Namespaces { get; init; } = [];
}

public sealed record NvmeNamespace(string Key, string Name, int Id, int BlockSize, long CapacityBytes);
