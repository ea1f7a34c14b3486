namespace Migrate.Planner.Inventory;

/// <summary>A host's part in vSAN.</summary>
public sealed record VsanHost
{
    public string ClusterUuid { get; init; } = "";
    public string NodeUuid { get; init; } = "";
    /// <summary>Express Storage Architecture: one pool of NVMe devices instead of disk groups.</summary>
    public bool Esa { get; init; }
    /// <summary>Null when the host is a fault domain of its own.</summary>
    public string? FaultDomain { get; init; }
    /// <summary>VMkernel adapters that carry vSAN's traffic, e.g. vmk2.</summary>
    public IReadOnlyList<string> VmkernelAdapters { get; init; } = [];
    /// <summary>Original architecture only.</summary>
    public IReadOnlyList<VsanDiskGroup> DiskGroups { get; init; } = [];
    /// <summary>Canonical names of the devices in the pool. ESA only.</summary>
    public IReadOnlyList<string> PoolDisks { get; init; } = [];
}

/// <summary>One cache device and what it caches, by canonical name.</summary>
public sealed record VsanDiskGroup(string CacheDisk, IReadOnlyList<string> CapacityDisks, bool AllFlash, bool? Mounted);

/// <summary>vSAN of a cluster. What only vSAN's own service tells is null where that service is absent or may not be asked.</summary>
public sealed record VsanCluster
{
    public string Uuid { get; init; } = "";
    public bool Esa { get; init; }
    public bool? Checksum { get; init; }
    public bool? Deduplication { get; init; }
    public bool? Compression { get; init; }
    /// <summary>Of data at rest.</summary>
    public bool? Encryption { get; init; }
    /// <summary>green, yellow, red or unknown: vSAN's own summary.</summary>
    public string? Health { get; init; }
    /// <summary>What health complains of, e.g. "vSAN object health: red".</summary>
    public IReadOnlyList<string> HealthProblems { get; init; } = [];
    /// <summary>How many of its objects are in which state ("healthy", "reducedavailabilitywithnorebuild", …); empty when not read.</summary>
    public IReadOnlyList<VsanObjectHealth> Objects { get; init; } = [];
    /// <summary>Objects that are being rebuilt or moved, and what is left to copy.</summary>
    public long? ResyncingObjects { get; init; }
    public long? ResyncBytes { get; init; }
    /// <summary>Hosts that hold only votes, for two sites or two nodes; empty: the cluster is of one site; null when not read.</summary>
    public IReadOnlyList<VsanWitness>? Witnesses { get; init; }
}

/// <summary>
/// A witness of a stretched or two-node cluster. <paramref name="HostKey"/> is null when the account does not see the host;
/// <paramref name="PreferredFaultDomain"/> is the site that goes on when the two lose each other.
/// </summary>
public sealed record VsanWitness(string? HostKey, string NodeUuid, string? FaultDomain, string? PreferredFaultDomain);

public sealed record VsanObjectHealth(string State, int Count);

/// <summary>
/// The storage policy of a virtual disk, as far as it shapes its performance. Null members: the policy has no such rule.
/// </summary>
public sealed record StoragePolicy
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    /// <summary>RAID-0, RAID-1, RAID-5, RAID-6 or RAID-5/6; null when the rules do not say.</summary>
    public string? Raid { get; init; }
    public int? FailuresToTolerate { get; init; }
    public int? StripeWidth { get; init; }
    /// <summary>Percent of the capacity that is reserved.</summary>
    public int? SpaceReservation { get; init; }
    /// <summary>I/Os of 32 KiB a second; null means no limit.</summary>
    public long? IopsLimit { get; init; }
    public bool? ChecksumDisabled { get; init; }
}
