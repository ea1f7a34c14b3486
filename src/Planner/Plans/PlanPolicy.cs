using Migrate.Planner.Inventory;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Plans;

/// <summary>How the VMs of a plan are to be moved: what the operator chose, with defaults that are safe.</summary>
public sealed record PlanPolicy
{
    /// <summary>A week: what new plans have as <see cref="ObserveAtMostSeconds"/> where nobody says otherwise, and the most that they may have.</summary>
    public const int LongestObservationSeconds = 7 * 86_400;

    /// <summary>VMware network name → libvirt network or bridge; an unmapped NIC blocks the start.</summary>
    public IReadOnlyDictionary<string, NetworkMapping> Networks { get; init; } = new Dictionary<string, NetworkMapping>();
    /// <summary>Text that a VM's serial console must show after cutover, by VM name.</summary>
    public IReadOnlyDictionary<string, string> ExpectConsole { get; init; } = new Dictionary<string, string>();
    /// <summary>
    /// The run may shut a running guest down before it copies. Must be chosen: without it a running VM blocks a cold plan,
    /// so that nobody takes a service down by starting a wave.
    /// </summary>
    public bool ShutDownSource { get; init; }
    /// <summary>How long a started guest may take to show its console text.</summary>
    public int BootTimeoutSeconds { get; init; } = 300;
    /// <summary>How long the guest's I/O is observed before what was seen is looked at for the verdict.</summary>
    public int ObserveSeconds { get; init; } = 30;
    /// <summary>
    /// How long it is observed at most, while the looks at it leave the latency's verdict open and more time could decide it: at twice <see cref="ObserveSeconds"/>, four times …
    /// Null: there is one look, as in plans of releases that knew no other.
    /// </summary>
    public int? ObserveAtMostSeconds { get; init; }
    /// <summary>How long the guest's agent is waited for once the guest is up, to compare its addresses; only where VMware Tools told the old ones.</summary>
    public int AgentWaitSeconds { get; init; } = 60;
    /// <summary>VMs (by name) that move otherwise than the plan's mode says.</summary>
    public IReadOnlyDictionary<string, MigrationMode> Modes { get; init; } = new Dictionary<string, MigrationMode>();
    /// <summary>
    /// How the copies are proven. Of a VM that moves warm each pass reads back what it wrote; Source reads both sides in full after the last pass, in the
    /// downtime, which the forecast counts; Sample reads nothing back but a sample at the end.
    /// </summary>
    public VerifyLevel Verify { get; init; }
    /// <summary>What was written is read back beside the copying, before the journal vouches for it, and at the end only what was not; false: all of it at the end.</summary>
    public bool VerifyWhileCopying { get; init; } = true;
    /// <summary>
    /// The cards of a source that has moved are disconnected, and its notes say where it went, before its domain starts: whoever powers it on
    /// by mistake has no second copy in the network. A roll-back puts both back.
    /// </summary>
    public bool IsolateSource { get; init; } = true;
    /// <summary>QEMU counts what a guest changes on its disks since its cutover, so that a roll-back can say how much it loses.</summary>
    public bool KeepBehind { get; init; }
    /// <summary>
    /// Whether virt-v2v changes what was copied before its domain starts. Must be chosen: without it a disk at the destination is what the source sent, byte
    /// for byte.
    /// </summary>
    public ConvertGuests Convert { get; init; }
    /// <summary>Cutovers begin only in these, however they were asked for; none: at any time.</summary>
    public IReadOnlyList<CutoverWindow> CutOverWindows { get; init; } = [];
    /// <summary>No VM is cut over before somebody has approved it, with a reason.</summary>
    public bool RequireApproval { get; init; }
    /// <summary>For the VMs that move warm.</summary>
    public WarmPolicy Warm { get; init; } = new();

    /// <summary>How the domains are designed.</summary>
    public DomainPolicy Domain { get; init; } = new();
    /// <summary>VMs (by name) whose domains are designed otherwise: in place of <see cref="Domain"/>, not beside it.</summary>
    public IReadOnlyDictionary<string, DomainPolicy> Domains { get; init; } = new Dictionary<string, DomainPolicy>();

    /// <summary>The same with the times that approved waves give a VM, in place of the plan's: it goes down when it is Ready, not before and not after.</summary>
    public PlanPolicy AtTimesOf(PlanVm vm) => vm.CutOverAt is not { } from ? this : this with
    {
        CutOverWindows = vm.CutOverUntil is { } until ? [new CutoverWindow(from, until)] : [],
        Warm = Warm with { CutOverWhenReady = true, CutOverNotBefore = from },
    };

    /// <summary>How the domain of a VM is designed.</summary>
    public DomainPolicy DomainOf(string vmName) => Domains.TryGetValue(vmName, out DomainPolicy? own) ? own : Domain;

    /// <summary>How a VM moves, in a plan of mode <paramref name="plan"/>.</summary>
    public MigrationMode ModeOf(string vmName, MigrationMode plan) => Modes.TryGetValue(vmName, out MigrationMode own) ? own : plan;
}

/// <summary>Where a NIC goes. <paramref name="Kind"/>: bridge | network | user (no host network) | none.</summary>
public sealed record NetworkMapping(string Kind, string Name);

/// <summary>What was decided for one disk, with the reason.</summary>
public sealed record PlannedDisk
{
    public required int Key { get; init; }
    public required string Label { get; init; }
    public required long CapacityBytes { get; init; }
    public required string FileName { get; init; }
    public string? DatastoreKey { get; init; }
    /// <summary>https-folder | export-lease | nbd-vddk | local-vmdk | none: <see cref="ReaderChoice"/>.</summary>
    public required string Reader { get; init; }
    /// <summary>Why this reader and not another.</summary>
    public required string Why { get; init; }
    /// <summary>What the reader can be expected to reach, in bytes per second; not measured here.</summary>
    public long ExpectedBytesPerSecond { get; init; }
    /// <summary>Where that rate is from.</summary>
    public string RateFrom { get; init; } = "";
    /// <summary>Where the disk is on the machine that serves; null for disks of a server.</summary>
    public LocalDiskFile? LocalFile { get; init; }
    /// <summary>The files that hold it as they were when the plan's inventory was read: a run refuses a disk whose files are others now.</summary>
    public IReadOnlyList<LocalFileState> LocalFiles { get; init; } = [];
    /// <summary>UUIDv5 of the VM's instance UUID and the disk's UUID: known before the namespace exists.</summary>
    public required Guid NamespaceUuid { get; init; }
}
