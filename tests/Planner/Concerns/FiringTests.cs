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
        new("vm.device-unreadable", Critical, On(Plain with { UnreadDevices = [new UnreadDevice("VirtualDisk", "Hard disk 2", "its key is 'two'")] })),
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

    private static readonly Case[] Newer =
    [
        new("device.vtpm", Warning, On(Plain.With(new OtherDevice(11000, "VirtualTPM", "Virtual TPM", "")))),
        new("device.vtpm-keys", Critical, On(Plain.With(new OtherDevice(11000, "VirtualTPM", "Virtual TPM", "")))),
        new("disk.shared", Warning, Beside(Plain, Plain with { Key = "vm-2", Name = "web02" })),
        new("disk.shared", Warning, On(Plain with { Controllers = [new DiskController(Disk.ControllerKey, "ParaVirtualSCSIController", 1, "physicalSharing")] })),
        new("disk.rdm-physical", Critical, On(Plain.With(Disk with { Backing = DiskBacking.RawDeviceMapping, RdmCompatibility = "physicalMode" }))),
        new("disk.rdm", Warning, On(Plain.With(Disk with { Backing = DiskBacking.RawDeviceMapping, RdmCompatibility = "virtualMode" }))),
        new("vm.fault-tolerance", Information, On(Plain with { FaultToleranceRole = "primary" })),
        new("vm.fault-tolerance-export", Critical, On(Plain with { FaultToleranceRole = "secondary" })),
        new("vm.snapshots", Information, On(Plain with { SnapshotCount = 1 })),
        new("vm.snapshots-warm", Critical, On(Plain with { SnapshotCount = 1 }) with { Mode = MigrationMode.Warm }),
        new("datastore.lun-shared-with-target", Warning, Planned(On(Plain), Facts with { Luns = [Estate.Vmfs().Extents[0].DiskName] }, Plain)),
        new("baseline.peak-exceeds-target", Warning, Planned(On(Plain), Facts with { Storage = new TargetStorage(6000, 2000, 1e8, 1e8, Judged.Now) }, Plain) with { Baseline = Baseline with { PeakIops = 9000 } }),
        new("vsan.stripe-width", Information, On(OnVsan.With(Disk with { DatastoreKey = "datastore-2", Policy = new StoragePolicy { Id = "p1", Name = "fast", StripeWidth = 4 } }))),
        new("vsan.stretched", Information, Stretched("north", "south")),
        new("cbt.self-test-failed", Warning, On(Plain) with { SelfTest = new SelfTestFacts(Judged.Now.AddDays(-1), 3), Mode = MigrationMode.Warm }),
        new("cbt.self-test-failed", Information, On(Plain) with { SelfTest = new SelfTestFacts(Judged.Now.AddDays(-1), 3) }),
        new("kvm.nested", Warning, Planned(On(Plain with { Resources = new VmResources { NestedVirtualization = true } }), Facts with { Nested = false }, Plain)),
        new("kvm.tpm", Warning, Planned(On(Plain.With(new OtherDevice(11000, "VirtualTPM", "Virtual TPM", ""))), Facts with { TpmEmulator = false }, Plain)),
        new("kvm.firmware", Critical, Planned(On(Plain with { Firmware = "efi" }), Facts with { Efi = false, SecureBoot = false }, Plain)),
        new("kvm.firmware", Critical, Planned(On(Plain with { Firmware = "efi", SecureBoot = true }), Facts with { Efi = true, SecureBoot = false }, Plain)),
        new("kvm.hugepages", Information, Planned(On(Plain with { LatencySensitivity = "high" }), Facts with { HugePageBytes = 1 << 30 }, Plain)),
        new("guest.static-address", Warning, On(Guest(new VmGuest { Nics = [new GuestNic { DeviceKey = 4000, MacAddress = "00:50:56:00:00:01", Addresses = [new GuestAddress("192.0.2.7", 24, "manual")] }] }))),
        new("guest.static-address", Warning, On(Guest(new VmGuest { Nics = [new GuestNic { DeviceKey = 4000, MacAddress = "00:50:56:00:00:01", Dhcp = false, Addresses = [new GuestAddress("192.0.2.7", 24, null)] }] }))),
        new("guest.volume-over-disks", Information, On(Guest(new VmGuest { Disks = [new GuestDisk { Path = "/srv", FreeBytes = 1L << 40, DiskKeys = [2000, 2001] }] }))),
        new("guest.volume-over-disks", Warning, On(Windows with { Guest = new VmGuest { Disks = [new GuestDisk { Path = "D:\\", FreeBytes = 1L << 40, DiskKeys = [2000, 2001] }] } })),
        new("guest.file-system", Warning, On(Guest(new VmGuest { Disks = [new GuestDisk { Path = "/", FileSystem = "btrfs", FreeBytes = 1L << 40 }] }))),
        new("guest.file-system", Information, On(Guest(new VmGuest { Disks = [new GuestDisk { Path = "/tank", FileSystem = "ZFS", FreeBytes = 1L << 40 }] }))),
        new("guest.disk-unseen", Information, On(Guest(new VmGuest { Disks = [new GuestDisk { Path = "/", FreeBytes = 1L << 40, DiskKeys = [2001] }] }))),
        new("linux.nvme-names", Warning, On(Plain.With(Disk with { Instance = "nvme0:0" }))),
    ];

    private static readonly Case[] All = [.. Cases, .. Newer];

    public static TheoryData<int> Indices => [.. Enumerable.Range(0, All.Length)];

    [Theory, MemberData(nameof(Indices))]
    public void A_rule_fires_on_what_it_is_for(int index)
    {
        Case one = All[index];

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

    /// <summary>A VM of files has no host, no statistics and no change tracking, and lacks none of them: nobody is told to mend that.</summary>
    [Fact]
    public void Of_a_VM_of_files_only_what_can_be_done_is_said()
    {
        ConcernContext files = Planned(On(Plain with { HostKey = null, ChangeTrackingEnabled = false, GuestHostName = null, IpAddresses = [] }), Facts, Plain) with { OfFiles = true };

        Judged.By("host.unknown", files).ShouldBeEmpty();
        Judged.By("vm.cbt-off", files).ShouldBeEmpty();
        Concern baseline = Judged.By("baseline.missing", files).ShouldHaveSingleItem();
        baseline.Assessment.ShouldContain("runs nowhere");
        baseline.Remedy.ShouldNotContain("baseline start");
        Judged.By("guest.host-name-empty", files).ShouldHaveSingleItem().Remedy.ShouldNotContain("VMware Tools");
        Judged.By("guest.no-address", files).ShouldHaveSingleItem().Remedy.ShouldNotContain("VMware Tools");
    }

    [Fact]
    public void What_gives_vSAN_s_disks_is_said_by_the_readers_that_the_installation_has()
    {
        Judged.By("vsan.export-only", On(OnVsan)).ShouldHaveSingleItem().Assessment.ShouldContain("slower export");
        Judged.By("vsan.export-only", On(OnVsan) with { Means = new ReaderMeans(Vddk: true) }).ShouldHaveSingleItem().Assessment.ShouldContain("VDDK reads them");
    }

    [Theory]
    [InlineData(DrsRuleKind.VmAffinity, "vm-1", "on one host with 2 other VMs")]
    [InlineData(DrsRuleKind.VmAntiAffinity, "vm-1", "apart from 2 other VMs")]
    [InlineData(DrsRuleKind.VmDependency, "vm-1", "only when 2 VMs of the group databases are up")]
    [InlineData(DrsRuleKind.VmDependency, "vm-8", "starts 3 VMs of the group services only when the VM is up")]
    public void A_rule_of_DRS_says_what_it_ties_the_VM_to(DrsRuleKind kind, string vm, string text)
    {
        var rule = new DrsRule
        {
            Key = 1,
            Name = "tie",
            Kind = kind,
            Enabled = true,
            VmKeys = ["vm-1", "vm-2", "vm-3"],
            VmGroup = "services",
            DependsOnVmGroup = "databases",
            DependsOnVmKeys = kind == DrsRuleKind.VmDependency ? ["vm-8", "vm-9"] : [],
        };
        var inventory = new SourceInventory
        {
            About = new SourceAbout("vCenter", "VirtualCenter", "8.0", "u"),
            TakenAt = Judged.Now,
            Vms = [Estate.Vm(vm)],
            Clusters = [Cluster with { Rules = [rule] }],
        };

        new Surroundings(inventory) { Now = Judged.Now }.Judge(inventory.Vms[0], MigrationMode.Cold, new PlanPolicy()).Single(concern => concern.Id == "vm.drs-rule").Assessment.ShouldContain(text);
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
        All.ShouldAllBe(one => one.Severity <= ConcernRules.All.Single(rule => rule.Id == one.Rule).Severity);

    [Fact]
    public void Every_severity_that_a_rule_claims_is_reached_by_a_case() =>
        All.GroupBy(one => one.Rule).Where(cases => cases.Max(one => one.Severity) != ConcernRules.All.Single(rule => rule.Id == cases.Key).Severity)
            .Select(cases => cases.Key).ShouldBeEmpty();

    [Fact]
    public void An_iSER_adapter_without_its_RDMA_device_is_a_warning_and_what_is_not_shown_is_said_once()
    {
        IReadOnlyList<Concern> found = Judged.By("iser.requirement", On(Plain, host: Estate.Host()));

        found.ShouldContain(concern => concern.Severity == Warning && concern.Assessment.Contains("no RDMA device"));
        found.Count(concern => concern.Severity == Information).ShouldBe(1);
        Judged.By("iser.requirement", On(OnVsan, host: Estate.Host())).ShouldBeEmpty("vSAN is not behind the adapter");
    }

    [Fact]
    public void What_the_target_does_not_tell_is_not_judged_and_what_it_has_is_silent()
    {
        Vm demanding = Plain with
        {
            Firmware = "efi",
            SecureBoot = true,
            LatencySensitivity = "high",
            Resources = new VmResources { NestedVirtualization = true },
            OtherDevices = [new OtherDevice(11000, "VirtualTPM", "Virtual TPM", "")],
        };
        TargetFacts able = Facts with { Efi = true, SecureBoot = true, TpmEmulator = true, Nested = true, HugePageBytes = 1L << 40, Luns = [], Storage = new TargetStorage(1e6, 1e6, 1e9, 1e9, Judged.Now) };
        foreach (TargetFacts facts in new[] { Facts, able })
        {
            ConcernContext context = Planned(On(demanding), facts, demanding) with { Baseline = Baseline with { PeakIops = 9000 } };
            ConcernJudge.Judge(context).Select(concern => concern.Id).Where(id => id.StartsWith("kvm.") || id is "baseline.peak-exceeds-target" or "datastore.lun-shared-with-target").ShouldBeEmpty();
        }
    }

    [Fact]
    public void Hosts_in_racks_are_no_two_sites()
    {
        Judged.By("vsan.stretched", Stretched("rack1", "rack2", "rack3")).ShouldBeEmpty();
        Judged.By("vsan.stretched", Stretched("rack1", null)).ShouldBeEmpty();
    }

    [Fact]
    public void What_nobody_sees_from_outside_is_named_by_the_guest_s_family()
    {
        string windows = Judged.By("guest.not-inspected", On(Windows)).ShouldHaveSingleItem().Assessment;
        string linux = Judged.By("guest.not-inspected", On(Plain)).ShouldHaveSingleItem().Assessment;
        (windows.Contains("BitLocker"), windows.Contains("fstab")).ShouldBe((true, false));
        (linux.Contains("BitLocker"), linux.Contains("fstab")).ShouldBe((false, true));
    }

    private static Vm Guest(VmGuest guest) => Plain with { Guest = guest };

    private static ConcernContext Stretched(params string?[] faultDomains)
    {
        Dictionary<string, EsxHost> hosts = faultDomains.Select((domain, i) => Host with { Key = $"host-{i + 1}", Vsan = new VsanHost { FaultDomain = domain } }).ToDictionary(host => host.Key);
        return On(OnVsan, Cluster with { HostKeys = [.. hosts.Keys] }) with { Hosts = hosts };
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
