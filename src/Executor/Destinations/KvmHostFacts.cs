using Migrate.Executor.Destinations.Facts;

namespace Migrate.Executor.Destinations;

/// <summary>What a libvirt host offers; stored as JSON with the host and read by the domain's design.</summary>
public sealed record KvmHostFacts
{
    public required string Uri { get; init; }
    public required string HostName { get; init; }
    public required Version Libvirt { get; init; }
    public required Version Qemu { get; init; }
    /// <summary>When they were read, UTC; null for facts that an older Migrate stored.</summary>
    public DateTime? ReadAt { get; init; }
    /// <summary>As uname prints it; null where no commands can be run on the host.</summary>
    public string? Kernel { get; init; }
    public string CpuModel { get; init; } = "";
    public int Cpus { get; init; }
    public int NumaNodes { get; init; } = 1;
    public long MemoryBytes { get; init; }
    public required IoUringState IoUring { get; init; }
    /// <summary>Domain types that libvirt offers for x86_64: of "kvm" and "qemu". Offered is not proven: see AccelerationProbe.</summary>
    public IReadOnlyList<string> DomainTypes { get; init; } = [];
    /// <summary>Whether kvm's module lets guests run VMs; null where there is no such module, or the host is another machine.</summary>
    public bool? Nested { get; init; }
    /// <summary>Whether libvirt knows firmware for UEFI; null when it does not say.</summary>
    public bool? Efi { get; init; }
    /// <summary>Whether it knows firmware that enforces Secure Boot.</summary>
    public bool? SecureBoot { get; init; }
    /// <summary>Whether it can give domains an emulated TPM.</summary>
    public bool? TpmEmulator { get; init; }
    /// <summary>Memory in huge pages (larger than 4 KiB) that are set aside, in use or not.</summary>
    public long? HugePageBytes { get; init; }
    /// <summary>LUNs that the kernel sees, as vSphere names them (naa.…, eui.…); null for another machine.</summary>
    public IReadOnlyList<string>? Luns { get; init; }
    /// <summary>What fio reached on the host's storage; null until an operator gives a result.</summary>
    public Planner.Concerns.TargetStorage? Storage { get; init; }
    public CpuFacts Cpu { get; init; } = new();
    /// <summary>NUMA nodes with their CPUs, memory and distances; empty for facts that an older Migrate stored.</summary>
    public IReadOnlyList<NumaCell> Cells { get; init; } = [];
    /// <summary>Memory that new domains could have: free, or given back by caches; null where the kernel could not be asked.</summary>
    public long? AvailableBytes { get; init; }
    public HostDistribution? Distribution { get; init; }
    /// <summary>Null where no commands can be run on the host.</summary>
    public HostSoftware? Software { get; init; }
    public HostClock? Clock { get; init; }
    public HostTuning? Tuning { get; init; }
    public IReadOnlyList<HostNic> Nics { get; init; } = [];
    public IReadOnlyList<HostPool> Pools { get; init; } = [];
    /// <summary>Virtual networks of libvirt; null where it could not tell, and for facts that an older Migrate stored.</summary>
    public IReadOnlyList<HostNetwork>? Networks { get; init; }
    public IReadOnlyList<HostMount> Mounts { get; init; } = [];
    public IReadOnlyList<HostBlockDevice> BlockDevices { get; init; } = [];
    public IReadOnlyList<HostExport> Exports { get; init; } = [];
    public IReadOnlyList<HostFirmware> Firmware { get; init; } = [];
    /// <summary>What could not be read, each with its reason: none of it is a guess.</summary>
    public IReadOnlyList<FactGap> Gaps { get; init; } = [];
}

/// <summary>Whether the kernel lets QEMU make an io_uring, and how that is known.</summary>
public sealed record IoUringState(bool Usable, string Detail);
