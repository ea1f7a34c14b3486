namespace Migrate.Planner.Inventory;

/// <summary>A LUN as one host sees it. Vendor and model are trimmed of SCSI INQUIRY padding.</summary>
public sealed record Lun
{
    public required string Key { get; init; }
    public required string CanonicalName { get; init; }
    public string Vendor { get; init; } = "";
    public string Model { get; init; } = "";
    public string Revision { get; init; } = "";
    /// <summary>ScsiLun.uuid: what a raw device mapping names.</summary>
    public string Uuid { get; init; } = "";
    public long CapacityBytes { get; init; }
    /// <summary>Bytes of a logical block as the LUN reports it; 0 when it does not.</summary>
    public int BlockSize { get; init; }
    /// <summary>512n, 512e, 4Kn or 4Kn emulated as 512 by ESXi (4Kse); empty when the host does not tell (before ESXi 6.5).</summary>
    public string BlockFormat { get; init; } = "";
    /// <summary>As ESXi believes; often wrong for LUNs of arrays.</summary>
    public bool? Ssd { get; init; }
    /// <summary>Whether it is inside the machine; null when the host does not tell.</summary>
    public bool? Local { get; init; }
    public int? QueueDepth { get; init; }
    /// <summary>Offload of copies, zeroes and locks (VAAI): vStorageSupported | vStorageUnsupported | vStorageUnknown; empty when not told.</summary>
    public string Vaai { get; init; } = "";
    public string? Serial { get; init; }
    /// <summary>Marked as reserved by another host for good: the mark of a cluster's raw device mapping.</summary>
    public bool PerenniallyReserved { get; init; }
    /// <summary>UUID of the vSAN disk that it is; null when vSAN does not use it.</summary>
    public string? VsanDiskUuid { get; init; }
    /// <summary>ok, off, lostCommunication …: the first of the states that the host gives.</summary>
    public string State { get; init; } = "";
    /// <summary>scsi or nvme.</summary>
    public string Protocol { get; init; } = "scsi";
    /// <summary>Path selection: VMW_PSP_FIXED | VMW_PSP_RR | VMW_PSP_MRU, or a scheme of the high-performance plug-in such as LB-RR.</summary>
    public string PathPolicy { get; init; } = "";
    /// <summary>What the multipath plug-in took the array for, e.g. VMW_SATP_ALUA.</summary>
    public string ArrayPolicy { get; init; } = "";
    public IReadOnlyList<LunPath> Paths { get; init; } = [];
}

/// <summary>One path to a LUN; <see cref="Transport"/> names target and portals, e.g. an IQN.</summary>
public sealed record LunPath(string Name, string State, bool Working, string AdapterKey, string Transport);
