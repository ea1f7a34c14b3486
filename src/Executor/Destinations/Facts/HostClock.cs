namespace Migrate.Executor.Destinations.Facts;

/// <summary>The host's clock.</summary>
/// <param name="Synchronised">What timedatectl or chronyc says; null where neither could be asked.</param>
/// <param name="By">Which of them, and its words.</param>
/// <param name="OffsetSeconds">How far the host's clock is before this machine's, by one question.</param>
/// <param name="UncertaintySeconds">Half of the time that the question took.</param>
public sealed record HostClock(bool? Synchronised, string? By, double OffsetSeconds, double UncertaintySeconds);

/// <summary>Distribution, from os-release.</summary>
public sealed record HostDistribution(string Id, string Version, string Name, IReadOnlyList<string> Like);

/// <summary>A firmware that libvirt can choose: a descriptor of docs/interop/firmware.json in QEMU.</summary>
public sealed record HostFirmware(string Descriptor, string Executable, string? NvramTemplate, IReadOnlyList<string> Interfaces, IReadOnlyList<string> Machines, IReadOnlyList<string> Features);

/// <summary>What the kernel does with CPUs and memory.</summary>
public sealed record HostTuning
{
    /// <summary>performance, powersave, schedutil …; null where the kernel does not choose frequencies.</summary>
    public string? Governor { get; init; }
    /// <summary>always | madvise | never.</summary>
    public string? TransparentHugePages { get; init; }
    /// <summary>CPUs that the scheduler leaves alone (isolcpus), as the kernel lists them.</summary>
    public string? IsolatedCpus { get; init; }
    /// <summary>LVM's global_filter and devices file: whether the host takes volume groups of guests for its own.</summary>
    public string? LvmFilter { get; init; }
    public bool? LvmDevicesFile { get; init; }
    /// <summary>Load of one minute.</summary>
    public double? Load { get; init; }
}

/// <summary>What could not be read of a host, and why.</summary>
public sealed record FactGap(string Fact, string Reason);
