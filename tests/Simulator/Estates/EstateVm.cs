using System.Text.Json.Serialization;

namespace Migrate.Simulator.Estates;

public enum EstatePower
{
    On,
    Off,
    Suspended,
}

public enum EstateTools
{
    Running,
    NotRunning,
    NotInstalled,
}

public sealed record EstateVm
{
    public required string Name { get; init; }
    /// <summary>Folder below the datacenter's vm folder, e.g. "Production/Web".</summary>
    public string Folder { get; init; } = "";
    public string? Datacenter { get; init; }
    public string? Host { get; init; }
    public string? Datastore { get; init; }
    public EstatePower Power { get; init; } = EstatePower.On;
    /// <summary>connected, disconnected, orphaned, inaccessible or invalid.</summary>
    public string Connection { get; init; } = "connected";
    public string? InstanceUuid { get; init; }
    public string? BiosUuid { get; init; }
    public string GuestId { get; init; } = "debian12_64Guest";
    public string GuestName { get; init; } = "Debian GNU/Linux 12 (64-bit)";
    public string? HostName { get; init; }
    public IReadOnlyList<string> Ips { get; init; } = [];
    public EstateTools Tools { get; init; } = EstateTools.Running;
    /// <summary>bios or efi.</summary>
    public string Firmware { get; init; } = "bios";
    public bool SecureBoot { get; init; }
    public string HardwareVersion { get; init; } = "vmx-20";
    public int Cpus { get; init; } = 2;
    public int CoresPerSocket { get; init; } = 1;
    [JsonConverter(typeof(ByteSizeConverter))]
    public long Memory { get; init; } = 2L << 30;
    public bool Cbt { get; init; } = true;
    /// <summary>False: the VM cannot have change tracking, as those of hardware version 6 and older.</summary>
    public bool CbtSupported { get; init; } = true;
    /// <summary>Unset: the guest writes nothing.</summary>
    public EstateWrites? Writes { get; init; }
    public bool DiskUuidEnabled { get; init; } = true;
    public bool Template { get; init; }
    /// <summary>Key of the extension that manages this VM (e.g. "com.vmware.vim.eam").</summary>
    public string? ManagedBy { get; init; }
    public string LatencySensitivity { get; init; } = "normal";
    public string Annotation { get; init; } = "";
    /// <summary>Fault tolerance: "primary" or "secondary".</summary>
    public string? FaultTolerance { get; init; }
    /// <summary>Why it has no secondary, e.g. "lostConnection".</summary>
    public string? NeedSecondaryReason { get; init; }
    /// <summary>Intel TDX; told since 9.0.</summary>
    public bool Tdx { get; init; }
    /// <summary>inherit, vmDirectory or hostLocal.</summary>
    public string SwapPlacement { get; init; } = "inherit";
    /// <summary>Where its snapshots' state goes, e.g. "[ds2] web01"; unset: beside the .vmx.</summary>
    public string? SnapshotDirectory { get; init; }
    /// <summary>Key id when the VM is encrypted.</summary>
    public string? KeyId { get; init; }
    public bool ConsolidationNeeded { get; init; }
    public IReadOnlyList<string> CpuAffinity { get; init; } = [];
    /// <summary>Names of its snapshots, oldest first, one chain.</summary>
    public IReadOnlyList<string> Snapshots { get; init; } = [];
    /// <summary>"Category/Name" each.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];
    /// <summary>Custom attributes.</summary>
    public IReadOnlyDictionary<string, string> Attributes { get; init; } = new Dictionary<string, string>();
    public EstateResources Resources { get; init; } = new();
    /// <summary>Entries of the .vmx beside those that follow from the rest.</summary>
    public IReadOnlyDictionary<string, string> Extra { get; init; } = new Dictionary<string, string>();
    /// <summary>Unset: one that lies on the first disk.</summary>
    public IReadOnlyList<EstateGuestDisk>? GuestDisks { get; init; }
    /// <summary>Gateway of the guest's default route.</summary>
    public string? Gateway { get; init; }
    /// <summary>The guest's DNS servers.</summary>
    public IReadOnlyList<string> Dns { get; init; } = [];
    public IReadOnlyList<EstateController> Controllers { get; init; } = [];
    public IReadOnlyList<EstateDisk> Disks { get; init; } = [];
    /// <summary>Unset: one vmxnet3 on the datacenter's first network.</summary>
    public IReadOnlyList<EstateVmNic>? Nics { get; init; }
    public EstateDevices Devices { get; init; } = new();
    public EstateLoad Load { get; init; } = new();
}

public sealed record EstateVmNic
{
    /// <summary>vmxnet3, e1000, e1000e or sriov.</summary>
    public string Type { get; init; } = "vmxnet3";
    public string? Network { get; init; }
    public string? Mac { get; init; }
    public bool Connected { get; init; } = true;
}

/// <summary>Devices that are neither disks, disk controllers nor NICs.</summary>
public sealed record EstateDevices
{
    public bool Cdrom { get; init; }
    /// <summary>Datastore path of an ISO image in the CD-ROM.</summary>
    public string? Iso { get; init; }
    public bool Floppy { get; init; }
    public bool Serial { get; init; }
    public bool Parallel { get; init; }
    public bool Usb { get; init; }
    public bool Tpm { get; init; }
    /// <summary>PCI passthrough: one device name each.</summary>
    public IReadOnlyList<string> Passthrough { get; init; } = [];
    /// <summary>Serial port to the network, e.g. "telnet://:7001".</summary>
    public string? SerialUri { get; init; }
    public bool Watchdog { get; init; }
    public bool PrecisionClock { get; init; }
    /// <summary>Dynamic PCI passthrough: one label each.</summary>
    public IReadOnlyList<string> DynamicPassthrough { get; init; } = [];
    /// <summary>vGPU profiles.</summary>
    public IReadOnlyList<string> Vgpu { get; init; } = [];
}

/// <summary>How the VM's storage behaves: the shape of its PerformanceManager samples, per disk.</summary>
public sealed record EstateLoad
{
    public double ReadIops { get; init; } = 120;
    public double WriteIops { get; init; } = 80;
    public double ReadLatencyUs { get; init; } = 180;
    public double WriteLatencyUs { get; init; } = 200;
    public int ReadBytes { get; init; } = 16384;
    public int WriteBytes { get; init; } = 8192;
    /// <summary>Share of the 20 s intervals that have no sample (-1), 0 to 1.</summary>
    public double Gaps { get; init; } = 0.02;
    /// <summary>How much load differs over the day, 0 to 1: most at 14:00 UTC, least at 02:00, and half of it on Saturdays and Sundays.</summary>
    public double DailySwing { get; init; }
    /// <summary>Share of the five-minute spans in which load is five times as high and latency twice, 0 to 1.</summary>
    public double Bursts { get; init; }
    /// <summary>Share of I/Os next to the one before, 0 to 1.</summary>
    public double SequentialShare { get; init; } = 0.1;
    /// <summary>Commands that are aborted per hour.</summary>
    public double AbortsPerHour { get; init; }
}
