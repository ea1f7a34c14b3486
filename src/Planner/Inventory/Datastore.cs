namespace Migrate.Planner.Inventory;

public sealed record Datastore
{
    public required string Key { get; init; }
    public required string Name { get; init; }
    /// <summary>VMFS, NFS, NFS41, vsan, vsanD, VVOL …, as vSphere writes it.</summary>
    public required string Type { get; init; }
    public string Url { get; init; } = "";
    public string Datacenter { get; init; } = "";
    /// <summary>Name of the datastore cluster that it belongs to; null when to none.</summary>
    public string? StoragePod { get; init; }
    public long CapacityBytes { get; init; }
    public long FreeBytes { get; init; }
    /// <summary>What thin disks and swap files may still grow by; null when vSphere does not tell.</summary>
    public long? UncommittedBytes { get; init; }
    public bool Accessible { get; init; } = true;
    /// <summary>normal | enteringMaintenance | inMaintenance.</summary>
    public string MaintenanceMode { get; init; } = "normal";
    /// <summary>Whether more than one host mounts it; null when vSphere does not tell.</summary>
    public bool? MultipleHostAccess { get; init; }
    public string? Uuid { get; init; }
    public string? VmfsVersion { get; init; }
    /// <summary>Bytes of a VMFS file block: 1 MiB on VMFS 5 and 6. 0 for other types.</summary>
    public long BlockSize { get; init; }
    /// <summary>Bytes of a sector as VMs see it; null when vSphere does not tell.</summary>
    public int? LogicalSectorSize { get; init; }
    /// <summary>Whether its LUN is inside one machine; null for other types than VMFS.</summary>
    public bool? Local { get; init; }
    public MediaClass Media { get; init; }
    public IReadOnlyList<VmfsExtent> Extents { get; init; } = [];
    public string? NasRemote { get; init; }
    /// <summary>Null for other types than NFS.</summary>
    public NfsExport? Nfs { get; init; }
    /// <summary>UUID of the vSAN cluster whose datastore it is; null for other types.</summary>
    public string? VsanClusterUuid { get; init; }
    /// <summary>Storage I/O control; null when vSphere does not tell.</summary>
    public IoControl? IoControl { get; init; }
    public IReadOnlyList<Tag> Tags { get; init; } = [];
    public IReadOnlyList<CustomAttribute> CustomAttributes { get; init; } = [];
    public IReadOnlyList<string> HostKeys { get; init; } = [];
    /// <summary>Hosts that mount it and cannot reach it, each with the reason.</summary>
    public IReadOnlyList<string> InaccessibleFrom { get; init; } = [];

    public bool IsVsan => Type.StartsWith("vsan", StringComparison.OrdinalIgnoreCase);
}

/// <summary>What the data lies on, as far as vSphere tells. Caches and tiers inside an array are not visible to it.</summary>
public enum MediaClass
{
    Unknown,
    Flash,
    Rotational,
    /// <summary>Flash in front of rotating disks.</summary>
    Hybrid,
}

public sealed record VmfsExtent(string DiskName, int Partition);

/// <summary>An NFS export. <paramref name="Version"/>: 3 or 4.1.</summary>
public sealed record NfsExport(IReadOnlyList<string> Servers, string Path, string Version, string Security, bool ReadOnly);

/// <summary>Storage I/O control. <paramref name="CongestionThresholdMs"/>: the latency above which it throttles.</summary>
public sealed record IoControl(bool Enabled, int CongestionThresholdMs, bool CollectsStatistics);

/// <summary>A network. <paramref name="Type"/>: Network (a port group of hosts' own switches), DistributedVirtualPortgroup or OpaqueNetwork.</summary>
public sealed record Network(string Key, string Name, string Type)
{
    /// <summary>Name of the distributed switch; null for other types.</summary>
    public string? Switch { get; init; }
    /// <summary>"none", an id, "trunk 0-4094" or "private 101" on a distributed switch; null where vSphere keeps it with each host.</summary>
    public string? Vlan { get; init; }
}
