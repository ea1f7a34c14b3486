using Migrate.Planner.Baselines.Trust;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;
using Migrate.Planner.Tests.Inventory;

namespace Migrate.Planner.Tests.Concerns;

/// <summary>Every rule that has no test of its own: an input that makes it fire, with the severity, and silence on a VM in order.</summary>
public class FiringTests
{
    private const ConcernSeverity Critical = ConcernSeverity.Critical;
    private const ConcernSeverity Warning = ConcernSeverity.Warning;
    private const ConcernSeverity Information = ConcernSeverity.Information;

    private sealed record Case(string Rule, ConcernSeverity Severity, ConcernContext Input);

    private static readonly Vm Plain = Estate.Vm();
    private static readonly VirtualDisk Disk = Estate.Disk();
    private static readonly EsxHost Host = Judged.Healthy(Estate.Host());
    private static readonly Cluster Cluster = new("domain-c1", "cluster1", "dc1", DrsEnabled: false, HaEnabled: false, VsanEnabled: false);
    private static readonly Vm OnVsan = Plain.With(Disk with { DatastoreKey = "datastore-2" });
    private static readonly Vm Windows = Plain with { GuestId = "windows2019srv_64Guest", GuestFullName = "Microsoft Windows Server 2019 (64-bit)" };

    private static readonly TargetFacts Facts = new()
    {
        Libvirt = new Version(11, 3, 0),
        Qemu = new Version(10, 0, 2),
        Kernel = "6.12.38+deb13-amd64",
        CpuModel = "Skylake-Server",
        Cpus = 16,
        NumaNodes = 2,
        MemoryBytes = 64L << 30,
        IoUring = new TargetIoUring(true, ""),
    };

    private static readonly BaselineFacts Baseline = new(Judged.Now, 1e6, 2e6, 900, new BaselineTrust(TrustLevel.High, []));

    private static readonly CollectionFacts Collecting = new(Judged.Now.AddDays(-1), null, Judged.Now.AddMinutes(-5), null);

    private static readonly Case[] Cases =
    [
        new("cluster.ha", Information, On(Plain, Cluster with { HaEnabled = true })),
        new("vm.drs-rule", Information, On(Plain, Cluster with { Rules = [new DrsRule { Key = 1, Name = "apart", Kind = DrsRuleKind.VmAntiAffinity, Enabled = true, VmKeys = ["vm-1", "vm-2"] }] })),
        new("disk.shared-file", Critical, Beside(Plain, Plain with { Key = "vm-2", Name = "web02" })),
        new("disk.shared-lun", Critical, Beside(Mapping("vm-1"), Mapping("vm-2"))),
        new("nic.duplicate-mac", Warning, Beside(Plain, Plain with { Key = "vm-2", Name = "web02" })),
        new("nic.duplicate-mac", Critical, Planned(Beside(Plain, Plain with { Key = "vm-2" }), Facts, Plain, Plain with { Key = "vm-2" })),
        new("vm.duplicate-instance-uuid", Critical, Beside(Plain, Estate.Vm("vm-2") with { InstanceUuid = Plain.InstanceUuid!.ToUpperInvariant() })),
        new("vm.duplicate-bios-uuid", Warning, Beside(Plain, Estate.Vm("vm-2") with { BiosUuid = Plain.BiosUuid })),
        new("vm.duplicate-name", Warning, Beside(Plain, Estate.Vm("vm-2"))),
        new("vm.duplicate-name", Critical, Planned(Beside(Plain, Estate.Vm("vm-2")), Facts, Plain, Estate.Vm("vm-2"))),
        new("host.maintenance", Warning, On(Plain, host: Host with { InMaintenance = true })),
        new("host.not-connected", Critical, On(Plain, host: Host with { ConnectionState = "notResponding" })),
        new("host.unknown", Warning, On(Plain with { HostKey = "host-9" })),
        new("host.version", Warning, On(Plain, host: Host with { Version = "6.5.0" })),
        new("host.many-disks", Information, Planned(On(Plain), Facts, Plain with { Disks = [.. Enumerable.Range(2000, 11).Select(key => Estate.Disk(key))] })),
        new("datastore.snapshot-space", Warning, On(Plain, datastores: [Estate.Vmfs() with { FreeBytes = 1L << 35 }])),
        new("datastore.snapshot-space", Warning, On(Plain, datastores: [Estate.Vmfs() with { FreeBytes = 100L << 30 }]) with { Mode = MigrationMode.Warm }),
        new("datastore.snapshot-space", Critical, On(Plain, datastores: [Estate.Vmfs() with { FreeBytes = 1L << 35 }]) with { Mode = MigrationMode.Warm }),
        new("datastore.nfs-read-only", Information, On(Plain, datastores: [Estate.Vmfs() with { Type = "NFS", Nfs = new NfsExport(["nas"], "/x", "3", "sys", ReadOnly: true) }])),
        new("datastore.partly-reachable", Warning, On(Plain, datastores: [Estate.Vmfs() with { InaccessibleFrom = ["esx02: allPathsDown"] }])),
        new("datastore.dead-paths", Warning, On(Plain, host: Estate.Host())),
        new("disk.native-sectors", Critical, On(Plain.With(Disk with { SectorBytes = 4096 }))),
        new("disk.io-filter", Warning, On(Plain.With(Disk with { IoFilters = ["VENDOR_bootbank_cache_1.0"] }))),
        new("disk.linked-clone", Warning, On(Plain.With(Disk with { NativeLinkedClone = true }))),
        new("disk.linked-clone", Warning, Beside(Child("vm-1"), Child("vm-2"))),
        new("vm.instant-clone", Warning, On(Plain with { State = new VmState { InstantClone = true } })),
        new("vm.instant-clone", Critical, On(Plain with { State = new VmState { InstantCloneFrozen = true } })),
        new("disk.iops-limit", Warning, On(Plain.With(Disk with { IopsLimit = 500 }))),
        new("disk.iops-limit", Warning, On(Plain.With(Disk with { Policy = new StoragePolicy { Id = "p1", Name = "bronze", IopsLimit = 100 } }))),
        new("disk.flash-cache", Information, On(Plain.With(Disk with { FlashCacheBytes = 1 << 30 }))),
        new("disk.first-class", Warning, On(Plain.With(Disk with { FirstClassDiskId = "fcd-1" }))),
        new("disk.guest-read-only", Information, On(Plain.With(Disk with { GuestReadOnly = true }))),
        new("disk.duplicate-uuid", Critical, On(Plain with { Disks = [Disk, Estate.Disk(2001) with { Uuid = Disk.Uuid }] })),
        new("disk.no-uuid", Information, On(Plain.With(Disk with { Uuid = null }))),
        new("vm.no-identity", Critical, On(Plain with { InstanceUuid = null })),
        new("disk.slow-copy", Warning, On(OnVsan.With(Disk with { DatastoreKey = "datastore-2", CapacityBytes = 4L << 40 }))),
        new("vm.question", Critical, On(Plain with { State = new VmState { Question = "Was the VM moved or copied?" } })),
        new("vm.snapshot-chain", Warning, On(Plain.With(Disk with { ParentCount = 3 }))),
        new("vm.snapshot-chain", Critical, On(Plain.With(Disk with { ParentCount = 28 }))),
        new("vm.old-snapshot", Warning, On(Plain with { Snapshots = [new Snapshot { Key = "s-1", Name = "before", CreatedAt = Judged.Now.AddDays(-4) }] })),
        new("vm.snapshots-locked", Warning, On(Plain with { State = new VmState { SnapshotsDisabled = true } })),
        new("vm.snapshots-locked", Critical, On(Plain with { State = new VmState { SnapshotsLocked = true } }) with { Mode = MigrationMode.Warm }),
        new("vm.hardware-version", Warning, On(Plain with { HardwareVersion = "vmx-04" })),
        new("vm.latency-sensitive", Warning, On(Plain with { LatencySensitivity = "high" })),
        new("vm.memory-reserved", Information, On(Plain with { Resources = new VmResources { MemoryReservationLocked = true } })),
        new("vm.resource-limit", Warning, On(Plain with { Resources = new VmResources { Memory = new Allocation { Limit = 1L << 30 } } })),
        new("vm.nested", Warning, On(Plain with { Resources = new VmResources { NestedVirtualization = true } })),
        new("vm.performance-counters", Information, On(Plain with { Resources = new VmResources { PerformanceCounters = true } })),
        new("vm.confidential", Critical, On(Plain with { Security = new VmSecurity { SevEnabled = true } })),
        new("windows.vbs", Warning, On(Windows with { Security = new VmSecurity { VbsEnabled = true } })),
        new("windows.secure-boot", Warning, On(Windows with { SecureBoot = true })),
        new("windows.virtio-drivers", Warning, On(Windows)),
        new("windows.too-old", Critical, On(Plain with { GuestId = "winNetStandardGuest" })),
        new("windows.too-old", Warning, On(Plain with { GuestId = "windows8Server64Guest" })),
        new("windows.identity", Information, On(Windows)),
        new("linux.too-old", Warning, On(Plain with { GuestId = "rhel5_64Guest" })),
        new("guest.other-than-configured", Information, On(Plain with { Guest = new VmGuest { GuestId = "ubuntu64Guest" } })),
        new("guest.tools-remain", Information, On(Plain with { Guest = new VmGuest { ToolsVersionStatus = "guestToolsCurrent" } })),
        new("guest.time-sync", Warning, On(Plain with { Guest = new VmGuest { TimeSyncedWithHost = true } })),
        new("guest.guestinfo", Information, On(Plain with { AdvancedSettings = [new AdvancedSetting("guestinfo.userdata", null)] })),
        new("vm.ovf-environment", Warning, On(Plain with { OvfEnvironment = new OvfEnvironment(["com.vmware.guestInfo"], ["ip", "dns"]) })),
        new("vm.replication", Warning, On(Plain with { Replication = new VmReplication("r1", "192.0.2.9", 15, Paused: false, [2000]) })),
        new("vm.vapp", Information, On(Plain with { VApp = "shop" })),
        new("vm.inaccessible-files", Warning, On(Plain with { Storage = new VmStorage { InaccessibleFiles = ["[iser1] web01/vmware.log"] } })),
        new("vm.inaccessible-files", Critical, On(Plain with { Storage = new VmStorage { InaccessibleFiles = ["[iser1] web01/web01_1.vmdk"] } })),
        new("device.cdrom-image", Information, On(Plain.With(new OtherDevice(3000, "VirtualCdrom", "CD/DVD drive 1", "") { Backing = "[iso] debian.iso" }))),
        new("nic.disconnected", Information, On(Plain with { Nics = [Plain.Nics[0] with { Connected = false }] })),
        new("nic.model-changes", Information, On(Plain with { Nics = [Plain.Nics[0] with { Type = "VirtualE1000" }] })),
        new("nic.unmapped", Critical, Planned(On(Plain), Facts, Plain)),
        new("nic.unmapped", Information, Planned(On(Plain), Facts, Plain) with { Policy = Mapped("none") }),
        new("plan.no-console-check", Information, Planned(On(Plain), Facts, Plain)),
        new("vsan.health", Critical, On(OnVsan, Cluster with { Vsan = new VsanCluster { Health = "red", HealthProblems = ["vSAN object health: red"] } })),
        new("vsan.health", Warning, On(OnVsan, Cluster with { Vsan = new VsanCluster { Health = "yellow" } })),
        new("vsan.health", Information, On(OnVsan, Cluster)),
        new("vsan.resync", Warning, On(OnVsan, Cluster with { Vsan = new VsanCluster { ResyncingObjects = 3, ResyncBytes = 5L << 30 } })),
        new("vsan.space-efficiency", Information, On(OnVsan, Cluster with { Vsan = new VsanCluster { Compression = true } })),
        new("vsan.encryption", Warning, On(OnVsan, Cluster with { Vsan = new VsanCluster { Encryption = true } })),
        new("vsan.parity", Information, On(OnVsan.With(Disk with { DatastoreKey = "datastore-2", Policy = new StoragePolicy { Id = "p1", Name = "cheap", Raid = "RAID-5" } }))),
        new("vsan.export-only", Information, On(OnVsan)),
        new("kvm.not-probed", Warning, Planned(On(Plain), null, Plain)),
        new("kvm.no-acceleration", Warning, Planned(On(Plain), Facts, Plain) with { Plan = new PlanScope(new TargetHost { Name = "kvm1", DomainType = "qemu", Facts = Facts }, [Plain]) }),
        new("kvm.memory", Critical, Planned(On(Plain with { MemoryBytes = 65L << 30 }), Facts, Plain)),
        new("kvm.memory", Warning, Planned(On(Plain), Facts, Plain, Plain with { MemoryBytes = 63L << 30 })),
        new("kvm.cpus", Warning, Planned(On(Plain with { CpuCount = 17 }), Facts, Plain)),
        new("kvm.numa-fit", Information, Planned(On(Plain with { CpuCount = 9 }), Facts, Plain)),
        new("kvm.queue-mapping", Information, Planned(On(Plain), Facts with { Libvirt = new Version(9, 0, 0) }, Plain)),
        new("kvm.qemu-hangs", Critical, Planned(On(Plain), Facts with { Qemu = new Version(7, 1, 0) }, Plain)),
        new("kvm.io-uring", Information, Planned(On(Plain), Facts with { IoUring = new TargetIoUring(false, "kernel.io_uring_disabled is 2") }, Plain)),
        new("kvm.kernel", Warning, Planned(On(Plain), Facts with { Kernel = "5.10.0-30-amd64" }, Plain)),
        new("kvm.cpu-level", Critical, Planned(On(Plain), Facts with { CpuModel = "Penryn" }, Plain)),
        new("baseline.missing", Information, Planned(On(Plain), Facts, Plain) with { Baseline = null }),
        new("baseline.missing", Information, Planned(On(Plain), Facts, Plain) with { Collection = Collecting }),
        new("baseline.failing", Warning, On(Plain) with { Collection = Collecting with { Error = "esx01 does not answer" } }),
        new("baseline.short", Warning, Reasoned(TrustLevel.Low, TrustCode.WindowBelowADay)),
        new("baseline.short", Information, Reasoned(TrustLevel.Medium, TrustCode.WindowBelowAWeek)),
        new("baseline.gaps", Warning, Reasoned(TrustLevel.Low, TrustCode.Coverage)),
        new("baseline.counters", Warning, Reasoned(TrustLevel.Low, TrustCode.LatencyInMilliseconds)),
        new("baseline.unhealthy", Warning, Reasoned(TrustLevel.Low, TrustCode.AbortedCommands)),
        new("baseline.disturbed", Warning, Reasoned(TrustLevel.Low, TrustCode.StorageMoved)),
        new("baseline.disturbed", Information, Reasoned(TrustLevel.Medium, TrustCode.SnapshotTaken)),
        new("baseline.inconsistent", Information, Reasoned(TrustLevel.Medium, TrustCode.LittlesLaw)),
        new("baseline.idle", Warning, Reasoned(TrustLevel.Low, TrustCode.TooFewSamples)),
        new("baseline.conditions", Warning, Reasoned(TrustLevel.Low, TrustCode.IopsLimit)),
        new("baseline.conditions", Information, Reasoned(TrustLevel.Medium, TrustCode.ClockSkew)),
        new("baseline.old", Information, On(Plain) with { Baseline = Baseline with { CollectedAt = Judged.Now.AddDays(-31) } }),
        new("baseline.change-rate", Information, On(Plain) with { Baseline = Baseline with { WriteBytesPerSecond = 100e6 } }),
        new("baseline.change-rate", Critical, On(Plain) with { Baseline = Baseline with { WriteBytesPerSecond = 100e6 }, Mode = MigrationMode.Warm }),
        new("baseline.change-rate", Warning, On(Plain) with { Baseline = Baseline with { BusiestWriteBytesPerSecond = 100e6 }, Mode = MigrationMode.Warm }),
        new("baseline.slow-source", Information, On(Plain) with { Baseline = Baseline with { WorstLatencyUs = 25_000 } }),
        new("host.cbt-known-bad", Information, On(Plain, host: Host with { Version = "6.0.0", Build = "2494585" })),
        new("host.cbt-known-bad", Critical, On(Plain, host: Host with { Version = "5.5.0", Build = "1331820" }) with { Mode = MigrationMode.Warm }),
        new("host.cbt-known-bad", Information, On(Plain, host: Host with { Version = "6.7.0", Build = "8169922" }) with { Mode = MigrationMode.Warm }),
    ];

    public static TheoryData<int> Indices => [.. Enumerable.Range(0, Cases.Length)];

    [Theory, MemberData(nameof(Indices))]
    public void A_rule_fires_on_what_it_is_for(int index)
    {
        Case one = Cases[index];

        Concern concern = Judged.By(one.Rule, one.Input).ShouldHaveSingleItem(one.Rule);

        concern.Id.ShouldBe(one.Rule);
        concern.Severity.ShouldBe(one.Severity, one.Rule);
        concern.Subject.ShouldNotBeNullOrWhiteSpace(one.Rule);
        concern.Assessment.ShouldNotBeNullOrWhiteSpace(one.Rule);
        concern.Remedy.ShouldNotBeNullOrWhiteSpace(one.Rule);
    }

    /// <summary>A planned VM in order, on a probed host, with a good baseline: only what is so for every Linux VM is said.</summary>
    [Fact]
    public void A_planned_VM_in_order_raises_nothing_else()
    {
        ConcernContext context = Planned(On(Plain, Cluster), Facts, Plain) with
        {
            Baseline = Baseline,
            Policy = Mapped("bridge") with { ExpectConsole = new Dictionary<string, string> { ["web01"] = "login:" } },
        };

        ConcernJudge.Judge(context).Select(concern => concern.Id).ShouldBe(Judged.OfEveryVm, ignoreOrder: true);
    }

    [Fact]
    public void Every_reason_against_a_baseline_is_a_concern_of_exactly_one_rule() => TrustCode.All.ShouldAllBe(code =>
        ConcernJudge.Judge(Reasoned(TrustLevel.Low, code)).Count(concern => concern.Id.StartsWith("baseline.") && concern.Severity == Warning) == 1);

    [Fact]
    public void Rates_are_judged_by_the_readers_that_the_installation_has()
    {
        ConcernContext slow = On(OnVsan.With(Disk with { DatastoreKey = "datastore-2", CapacityBytes = 4L << 40 }));

        Judged.By("disk.slow-copy", slow).ShouldHaveSingleItem().Assessment.ShouldContain("export-lease");
        Judged.By("disk.slow-copy", slow with { Means = new ReaderMeans(Vddk: true) }).ShouldBeEmpty();
    }

    [Fact]
    public void No_case_is_more_severe_than_its_rule_says_it_can_be() =>
        Cases.ShouldAllBe(one => one.Severity <= ConcernRules.All.Single(rule => rule.Id == one.Rule).Severity);

    [Fact]
    public void Every_severity_that_a_rule_claims_is_reached_by_a_case() =>
        Cases.GroupBy(one => one.Rule).Where(cases => cases.Max(one => one.Severity) != ConcernRules.All.Single(rule => rule.Id == cases.Key).Severity)
            .Select(cases => cases.Key).ShouldBeEmpty();

    [Fact]
    public void An_iSER_adapter_without_its_RDMA_device_is_a_warning_and_what_is_not_shown_is_said_once()
    {
        IReadOnlyList<Concern> found = Judged.By("iser.requirement", On(Plain, host: Estate.Host()));

        found.ShouldContain(concern => concern.Severity == Warning && concern.Assessment.Contains("no RDMA device"));
        found.Count(concern => concern.Severity == Information).ShouldBe(1);
        Judged.By("iser.requirement", On(OnVsan, host: Estate.Host())).ShouldBeEmpty("vSAN is not behind the adapter");
    }

    private static ConcernContext On(Vm vm, Cluster? cluster = null, EsxHost? host = null, IReadOnlyList<Datastore>? datastores = null) =>
        Judged.Context(vm, clusters: cluster is null ? null : [cluster], host: host, datastores: datastores);

    private static ConcernContext Reasoned(TrustLevel level, string code) =>
        On(Plain) with { Baseline = Baseline with { Trust = new BaselineTrust(level, [new TrustReason(code, level, "Hard disk 1: 7 of them.", "")]) } };

    private static ConcernContext Beside(params Vm[] vms) => On(vms[0]) with { Neighbours = new Neighbours(vms) };

    private static ConcernContext Planned(ConcernContext context, TargetFacts? facts, params Vm[] vms) =>
        context with { Plan = new PlanScope(new TargetHost { Name = "kvm1", DomainType = "kvm", Facts = facts }, vms) };

    private static PlanPolicy Mapped(string kind) => new() { Networks = new Dictionary<string, NetworkMapping> { ["VM Network"] = new(kind, kind == "none" ? "" : "br0") } };

    private static Vm Mapping(string key) => Estate.Vm(key).With(Disk with { Backing = DiskBacking.RawDeviceMapping, LunUuid = "02000000006e843b" });

    private static Vm Child(string key) => Estate.Vm(key, key).With(Disk with { FileName = $"[iser1] {key}/{key}.vmdk", ParentCount = 1, ParentFiles = ["[iser1] gold/gold.vmdk"] });
}
