using Migrate.Executor.Destinations;
using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Domains;

/// <summary>All that the design of one domain depends on; the same request always gives the same XML.</summary>
public sealed record DomainRequest
{
    public required Vm Vm { get; init; }
    /// <summary>One per disk of the VM that moves.</summary>
    public required IReadOnlyList<DiskAttachment> Disks { get; init; }
    public required KvmHostFacts Host { get; init; }
    public required PlanPolicy Policy { get; init; }
    /// <summary>kvm | qemu: the operator's word or what AccelerationProbe found.</summary>
    public required string DomainType { get; init; }
    /// <summary>Where the guest's serial console is written; its directory must exist on the KVM host.</summary>
    public required string ConsoleLogPath { get; init; }
    /// <summary>Put into the domain's metadata, so that anybody who finds the domain can tell where it came from.</summary>
    public required Guid RunId { get; init; }
    /// <summary>Reads and writes a second, on average, by device key; what the baseline says nothing of is missing.</summary>
    public IReadOnlyDictionary<int, double> MeanIops { get; init; } = new Dictionary<int, double>();
    /// <summary>CPUs of the host that other domains of ours have for themselves.</summary>
    public IReadOnlyList<CpuClaim> Claims { get; init; } = [];
    /// <summary>NUMA node of the NIC that leads to the storage; null where it is not known.</summary>
    public int? StorageCell { get; init; }
    /// <summary>The domain's name; by default the VM's.</summary>
    public string? DomainName { get; init; }
}

/// <summary>Where a disk's bytes are on the KVM host.</summary>
public sealed record DiskAttachment
{
    /// <summary>VMware's device key.</summary>
    public required int DiskKey { get; init; }
    /// <summary>A raw file, or a block device such as /dev/disk/by-id/nvme-uuid.*.</summary>
    public required string Path { get; init; }
    public required bool IsBlockDevice { get; init; }
    /// <summary>HostProbe.IsRotational of the path. Null: not known; then treated as flash.</summary>
    public bool? Rotational { get; init; }
    /// <summary>HostProbe.FileSystemOf the path, e.g. "ext4"; null for a block device or when not known.</summary>
    public string? FileSystem { get; init; }

    /// <summary>The KVM host is the storage node and opens the target's backing file itself.</summary>
    public static DiskAttachment Backing(int diskKey, string path, bool? rotational, string? fileSystem = null) =>
        new() { DiskKey = diskKey, Path = path, IsBlockDevice = false, Rotational = rotational, FileSystem = fileSystem };

    /// <summary>The kernel's NVMe/TCP initiator attaches the namespace; its link's name follows from the UUID.</summary>
    public static DiskAttachment NvmeTcp(int diskKey, Guid namespaceUuid) =>
        new() { DiskKey = diskKey, Path = $"/dev/disk/by-id/nvme-uuid.{namespaceUuid:D}", IsBlockDevice = true, Rotational = false };
}
