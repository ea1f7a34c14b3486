namespace Migrate.Executor.Destinations.Facts;

/// <summary>A NUMA node of a host, as libvirt's capabilities have it.</summary>
public sealed record NumaCell
{
    public required int Id { get; init; }
    public long MemoryBytes { get; init; }
    /// <summary>Ordinary memory that nobody uses, when the facts were read; null where libvirt did not say.</summary>
    public long? FreeBytes { get; init; }
    public IReadOnlyList<HostCpu> Cpus { get; init; } = [];
    /// <summary>Pages larger than 4 KiB, per size.</summary>
    public IReadOnlyList<HugePagePool> HugePages { get; init; } = [];
    /// <summary>Relative distance to each node (SLIT: 10 is the node itself), by node; empty where there is one node.</summary>
    public IReadOnlyList<NumaDistance> Distances { get; init; } = [];
}

/// <summary>A logical CPU; <paramref name="Siblings"/> share its core, itself included.</summary>
public sealed record HostCpu(int Id, int Socket, int Die, int Core, IReadOnlyList<int> Siblings);

/// <summary>Huge pages of one size in one node; <paramref name="Free"/> is null where libvirt did not say.</summary>
public sealed record HugePagePool(long PageBytes, long Total, long? Free);

public sealed record NumaDistance(int Cell, int Value);
