using System.Text.Json;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Concerns;

/// <summary>The KVM host as its row describes it; <see cref="Facts"/> is null before its first probe.</summary>
public sealed record TargetHost
{
    public required string Name { get; init; }
    /// <summary>kvm | qemu: the operator's word, else what the probe found; null when neither is known.</summary>
    public string? DomainType { get; init; }
    public TargetFacts? Facts { get; init; }

    public static TargetHost Of(KvmHost row)
    {
        TargetFacts? facts = JsonSerializer.Deserialize(row.Facts, PlannerJson.Default.TargetFacts);
        return new TargetHost
        {
            Name = row.Name,
            DomainType = row.DomainType is "kvm" or "qemu" ? row.DomainType : row.ProbedDomainType,
            Facts = facts?.Libvirt is null ? null : facts,
        };
    }
}

/// <summary>What rules need of the facts that a probe stores with a KVM host.</summary>
public sealed record TargetFacts
{
    public Version? Libvirt { get; init; }
    public Version? Qemu { get; init; }
    /// <summary>As uname prints it; null for a host that is not this machine.</summary>
    public string? Kernel { get; init; }
    /// <summary>libvirt's name of the CPU model, e.g. Skylake-Server.</summary>
    public string CpuModel { get; init; } = "";
    public int Cpus { get; init; }
    public int NumaNodes { get; init; } = 1;
    public long MemoryBytes { get; init; }
    public TargetIoUring? IoUring { get; init; }
    /// <summary>Whether guests may run VMs themselves; null where it is not known.</summary>
    public bool? Nested { get; init; }
    /// <summary>Whether libvirt knows firmware for UEFI; null where it is not known.</summary>
    public bool? Efi { get; init; }
    /// <summary>The same with Secure Boot.</summary>
    public bool? SecureBoot { get; init; }
    /// <summary>Whether libvirt offers an emulated TPM (swtpm); null where it is not known.</summary>
    public bool? TpmEmulator { get; init; }
    /// <summary>Memory in huge pages that are set aside; null where it is not known.</summary>
    public long? HugePageBytes { get; init; }
    /// <summary>LUNs that the host sees, as vSphere names them (naa.…, eui.…); null where it is not known.</summary>
    public IReadOnlyList<string>? Luns { get; init; }
    /// <summary>What the host's storage gave to fio; null until somebody gives a result.</summary>
    public TargetStorage? Storage { get; init; }

    /// <summary>Interfaces of the host's kernel; null or empty where it could not be asked.</summary>
    public IReadOnlyList<TargetNic>? Nics { get; init; }
    /// <summary>Virtual networks of its libvirt; null where it is not known.</summary>
    public IReadOnlyList<TargetNetwork>? Networks { get; init; }
    /// <summary>When the facts were read, UTC.</summary>
    public DateTime? ReadAt { get; init; }

    /// <summary>Bridges that domains can be put on; null where nobody could look.</summary>
    public IReadOnlyList<string>? Bridges => Nics is { Count: > 0 } nics ? [.. nics.Where(nic => nic.Kind == "bridge").Select(nic => nic.Name).Order(StringComparer.Ordinal)] : null;

    /// <summary>Major and minor of <see cref="Kernel"/>; null where it is not known.</summary>
    public Version? KernelVersion =>
        Kernel?.Split('.', '-', '+', '~') is [var major, var minor, ..] && int.TryParse(major, out int x) && int.TryParse(minor, out int y) ? new Version(x, y) : null;
}

/// <summary>What fio reached on the host's storage, reads and writes of one run.</summary>
/// <param name="MeasuredAt">When the result was given, UTC.</param>
public sealed record TargetStorage(double ReadIops, double WriteIops, double ReadBytesPerSecond, double WriteBytesPerSecond, DateTime MeasuredAt);

/// <param name="Kind">physical | bond | bridge | vlan | virtual.</param>
public sealed record TargetNic(string Name, string Kind);

/// <summary>A virtual network of libvirt.</summary>
/// <param name="Forward">nat | route | open | bridge …; null: it is isolated.</param>
/// <param name="Bridge">The bridge that it makes or names; null where it has none.</param>
public sealed record TargetNetwork(string Name, bool Active, string? Forward, string? Bridge);

public sealed record TargetIoUring(bool Usable, string Detail);
