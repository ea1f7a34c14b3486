namespace Migrate.Executor.Destinations.Facts;

/// <summary>A host's processor, and what libvirt can make of it for guests.</summary>
public sealed record CpuFacts
{
    public string Vendor { get; init; } = "";
    /// <summary>As the kernel names the features (/proc/cpuinfo); empty where it could not be asked.</summary>
    public IReadOnlyList<string> Flags { get; init; } = [];
    /// <summary>The processor's own name, e.g. "Intel(R) Xeon(R) Gold 6330 CPU @ 2.00GHz".</summary>
    public string? Name { get; init; }
    /// <summary>Models of libvirt that a guest can get on this host.</summary>
    public IReadOnlyList<string> UsableModels { get; init; } = [];
    /// <summary>What libvirt's mode host-model would give: model and features beside it.</summary>
    public string? HostModel { get; init; }
    /// <summary>CPU modes that domains may have: host-passthrough, maximum, host-model, custom.</summary>
    public IReadOnlyList<string> Modes { get; init; } = [];
    /// <summary>The most vCPUs that a q35 domain may have.</summary>
    public int? MaxVcpus { get; init; }
}
