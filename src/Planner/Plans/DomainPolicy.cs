namespace Migrate.Planner.Plans;

/// <summary>What a domain's settings are to favour.</summary>
public enum DomainProfile
{
    /// <summary>Throughput and order for most VMs: virtio-scsi, nothing pinned unless the VM asked vSphere for low latency.</summary>
    Balanced,
    /// <summary>Cores and memory of its own, where the host has them to spare.</summary>
    Latency,
    /// <summary>The same, and virtio-blk instead of virtio-scsi: the shortest way of an I/O, at the price of SCSI's names and commands.</summary>
    LatencyExtreme,
    /// <summary>Many VMs on a host: nothing pinned, IOThreads do not poll.</summary>
    Dense,
}

/// <summary>Which CPU the guest sees.</summary>
public enum GuestCpu
{
    /// <summary>The host's own, with everything that it can do.</summary>
    HostPassthrough,
    /// <summary>libvirt's nearest model of the host's CPU: for clusters of hosts that are nearly alike.</summary>
    HostModel,
    /// <summary>A model by its name: for clusters of unlike hosts.</summary>
    Named,
}

/// <summary>Whether something is done: always, never, or where the design finds it right.</summary>
public enum Choice
{
    Auto,
    Always,
    Never,
}

/// <summary>What is done with writes of zeroes.</summary>
public enum ZeroWrites
{
    /// <summary>They free space where the disk was thin, and are written where it was thick.</summary>
    Auto,
    Unmap,
    Off,
}

/// <summary>How domains are designed, where the operator wants it otherwise than by default.</summary>
public sealed record DomainPolicy
{
    /// <summary>What settings are to favour.</summary>
    public DomainProfile Profile { get; init; }
    /// <summary>Which CPU the guest sees.</summary>
    public GuestCpu Cpu { get; init; }
    /// <summary>libvirt's name of the model, e.g. Skylake-Server-noTSX-IBRS; with <see cref="GuestCpu.Named"/> only.</summary>
    public string? CpuModel { get; init; }
    /// <summary>vCPUs, emulator and IOThreads on cores of their own. Always: the domain is refused where they do not fit.</summary>
    public Choice Pinning { get; init; }
    /// <summary>Memory from huge pages that the host has set aside.</summary>
    public Choice HugePages { get; init; }
    /// <summary>Memory that the host never swaps. By default as vSphere had all of it reserved.</summary>
    public Choice LockedMemory { get; init; }
    /// <summary>An emulated TPM 2.0, empty at first. By default as the VM had one.</summary>
    public Choice Tpm { get; init; }
    /// <summary>IOPS limits of the source are kept.</summary>
    public bool KeepIopsLimits { get; init; } = true;
    /// <summary>What is done with writes of zeroes.</summary>
    public ZeroWrites ZeroWrites { get; init; }
    /// <summary>IOThreads of the domain, 1 to 16; null: as many as its queues and the host suggest.</summary>
    public int? IoThreads { get; init; }
}
