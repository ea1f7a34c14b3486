namespace Migrate.Executor.Destinations;

/// <summary>What a libvirt host offers; stored as JSON with the host and read by the domain's design.</summary>
public sealed record KvmHostFacts
{
    public required string Uri { get; init; }
    public required string HostName { get; init; }
    public required Version Libvirt { get; init; }
    public required Version Qemu { get; init; }
    /// <summary>As uname prints it; null for a host that is not this machine.</summary>
    public string? Kernel { get; init; }
    public string CpuModel { get; init; } = "";
    public int Cpus { get; init; }
    public int NumaNodes { get; init; } = 1;
    public long MemoryBytes { get; init; }
    public required IoUringState IoUring { get; init; }
    /// <summary>Domain types that libvirt offers for x86_64: of "kvm" and "qemu". Offered is not proven: see AccelerationProbe.</summary>
    public IReadOnlyList<string> DomainTypes { get; init; } = [];
}

/// <summary>Whether the kernel lets QEMU make an io_uring, and how that is known.</summary>
public sealed record IoUringState(bool Usable, string Detail);
