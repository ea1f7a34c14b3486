namespace Migrate.Planner.Inventory;

/// <summary>An ESXi host: what it computes with, what it is cabled with and which LUNs it sees.</summary>
public sealed record EsxHost
{
    public required string Key { get; init; }
    public required string Name { get; init; }
    public string Version { get; init; } = "";
    public string Build { get; init; } = "";
    public string ConnectionState { get; init; } = "";
    public bool InMaintenance { get; init; }
    /// <summary>Maker and model of the machine, e.g. "Dell Inc." and "PowerEdge R650".</summary>
    public string Vendor { get; init; } = "";
    public string HardwareModel { get; init; } = "";
    public string CpuModel { get; init; } = "";
    public int CpuPackages { get; init; }
    public int CpuCores { get; init; }
    public int CpuThreads { get; init; }
    /// <summary>Of one core.</summary>
    public int CpuMhz { get; init; }
    public int NumaNodes { get; init; }
    /// <summary>The set of CPU features that the cluster shows its VMs, e.g. intel-skylake; null without EVC.</summary>
    public string? EvcMode { get; init; }
    /// <summary>The newest such set that the CPU could show; null on a standalone host.</summary>
    public string? MaxEvcMode { get; init; }
    public long MemoryBytes { get; init; }
    public string? ClusterKey { get; init; }
    public bool VsanEnabled { get; init; }
    public bool VsanEsa { get; init; }
    /// <summary>The host's part in vSAN; null when it has none.</summary>
    public VsanHost? Vsan { get; init; }
    public TimeSync TimeSync { get; init; } = new("", [], null);
    public IReadOnlyList<HostService> Services { get; init; } = [];
    public IReadOnlyList<Tag> Tags { get; init; } = [];
    public IReadOnlyList<CustomAttribute> CustomAttributes { get; init; } = [];
    public IReadOnlyList<StorageAdapter> Adapters { get; init; } = [];
    public IReadOnlyList<NvmeController> NvmeControllers { get; init; } = [];
    public IReadOnlyList<RdmaDevice> RdmaDevices { get; init; } = [];
    public IReadOnlyList<PhysicalNic> PhysicalNics { get; init; } = [];
    public IReadOnlyList<VmkernelAdapter> VmkernelAdapters { get; init; } = [];
    public IReadOnlyList<HostSwitch> Switches { get; init; } = [];
    public IReadOnlyList<Lun> Luns { get; init; } = [];
}

/// <summary>
/// How the host keeps its time. <paramref name="Protocol"/>: ntp or ptp, empty before ESXi 7.0. <paramref name="Running"/>: whether
/// the service that does it runs; null when the host does not tell.
/// </summary>
public sealed record TimeSync(string Protocol, IReadOnlyList<string> Servers, bool? Running);

/// <summary>A service of the host, e.g. TSM-SSH. <paramref name="Policy"/>: on, off or automatic: what happens at the host's start.</summary>
public sealed record HostService(string Key, string Label, bool Running, string Policy);
