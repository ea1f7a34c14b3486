using Migrate.Planner.Inventory;
using Migrate.Planner.VSphere;
using Migrate.Vim25;
using VirtualDisk = Migrate.Vim25.VirtualDisk;

namespace Migrate.Planner.Tests.VSphere;

/// <summary>Every area of a VM from the properties of a VirtualMachine, and what comes out when a server says nothing of it.</summary>
public sealed class VmMappingTests
{
    [Fact]
    public void A_VM_of_which_the_server_says_nothing_has_the_defaults()
    {
        var vm = Map();
        (vm.Key, vm.Name, vm.Firmware, vm.LatencySensitivity, vm.FaultToleranceRole, vm.ManagedBy, vm.ChangeTrackingSupported).ShouldBe(("vm-1", "vm-1", "bios", "normal", null, null, null));
        vm.Resources.ShouldBeEquivalentTo(new VmResources { CpuAffinity = Array.Empty<int>(), MemoryAffinity = Array.Empty<int>() });
        vm.Security.ShouldBe(new VmSecurity());
        vm.State.ShouldBe(new VmState());
        vm.Snapshots.ShouldBeEmpty();
        vm.AdvancedSettings.ShouldBeEmpty();
        (vm.Replication, vm.OvfEnvironment).ShouldBe((null, null));
    }

    [Fact]
    public void Resources_are_in_MHz_and_bytes_and_unlimited_is_no_limit()
    {
        var resources = Map(
            ("config.cpuAllocation", new ResourceAllocationInfo { Reservation = 2000, Limit = -1, Shares = new() { Level = "high", Shares = 4000 } }),
            ("config.memoryAllocation", new ResourceAllocationInfo { Reservation = 1024, Limit = 4096, Shares = new() { Level = "custom", Shares = 7 } }),
            ("config.memoryReservationLockedToMax", true),
            ("config.cpuAffinity", new VirtualMachineAffinityInfo { AffinitySet = [2, 3] }),
            ("config.memoryAffinity", new VirtualMachineAffinityInfo { AffinitySet = [1] }),
            ("config.numaInfo", new VirtualMachineVirtualNumaInfo { CoresPerNumaNode = 8, AutoCoresPerNumaNode = false, VnumaOnCpuHotaddExposed = true }),
            ("config.hardware.simultaneousThreads", 2),
            ("config.hardware.autoCoresPerSocket", true),
            ("config.hardware.motherboardLayout", "acpiHostBridges"),
            ("config.nestedHVEnabled", true),
            ("config.vPMCEnabled", true)).Resources;
        resources.ShouldBeEquivalentTo(new VmResources
        {
            Cpu = new Allocation { Reservation = 2000, Limit = null, SharesLevel = "high", Shares = 4000 },
            Memory = new Allocation { Reservation = 1L << 30, Limit = 4L << 30, SharesLevel = "custom", Shares = 7 },
            MemoryReservationLocked = true,
            CpuAffinity = (int[])[2, 3],
            MemoryAffinity = (int[])[1],
            CoresPerNumaNode = 8,
            NumaWithCpuHotAdd = true,
            ThreadsPerCore = 2,
            AutoCoresPerSocket = true,
            MotherboardLayout = "acpiHostBridges",
            NestedVirtualization = true,
            PerformanceCounters = true,
        });
    }

    [Fact]
    public void The_boot_order_names_devices()
    {
        var vm = Map(("config.bootOptions", new VirtualMachineBootOptions
        {
            BootDelay = 500,
            BootRetryEnabled = true,
            BootRetryDelay = 10_000,
            EnterBIOSSetup = true,
            EfiSecureBootEnabled = true,
            NetworkBootProtocol = "ipv6",
            BootOrder =
            [
                new VirtualMachineBootOptionsBootableEthernetDevice { DeviceKey = 4000 }, new VirtualMachineBootOptionsBootableDiskDevice { DeviceKey = 2000 },
                new VirtualMachineBootOptionsBootableCdromDevice(), new VirtualMachineBootOptionsBootableFloppyDevice(),
            ],
        }));
        vm.Boot.Order.ShouldBe([new("nic", 4000), new("disk", 2000), new("cdrom", null), new("floppy", null)]);
        (vm.SecureBoot, vm.Boot.DelayMilliseconds, vm.Boot.RetryDelayMilliseconds, vm.Boot.EnterSetup, vm.Boot.NetworkProtocol).ShouldBe((true, 500, 10_000, true, "ipv6"));
        Map(("config.bootOptions", new VirtualMachineBootOptions { BootRetryEnabled = false, BootRetryDelay = 10_000 })).Boot.RetryDelayMilliseconds.ShouldBeNull();
    }

    [Fact]
    public void What_protects_a_VM_is_read()
    {
        var security = Map(
            ("config.keyId", new CryptoKeyId { KeyId = "k", ProviderId = new() { Id = "kms-1" } }),
            ("config.migrateEncryption", "required"), ("config.ftEncryptionMode", "ftEncryptionRequired"), ("runtime.cryptoState", "locked"),
            ("config.sgxInfo", new VirtualMachineSgxInfo { EpcSize = 32, RequireAttestation = true }), ("config.sevEnabled", true),
            ("config.flags", new VirtualMachineFlagInfo { VbsEnabled = true, VvtdEnabled = true }),
            ("config.hardware.device", new ArrayOfVirtualDevice { VirtualDevice = [new VirtualTPM { Key = 11000 }] })).Security;
        security.ShouldBe(new VmSecurity
        {
            KeyProviderId = "kms-1",
            MigrateEncryption = "required",
            FaultToleranceEncryption = "ftEncryptionRequired",
            CryptoState = "locked",
            SgxBytes = 32 << 20,
            SgxAttestation = true,
            SevEnabled = true,
            VbsEnabled = true,
            IommuEnabled = true,
            HasVirtualTpm = true,
        });
    }

    [Theory]
    [InlineData(null, null, null, false)]
    [InlineData(null, "", "", false)]
    [InlineData(true, null, null, true)]
    [InlineData(null, "group", null, true)]
    [InlineData(null, null, "group", true)]
    public void An_instant_clone_is_a_parent_or_a_child(bool? parentEnabled, string? child, string? parent, bool expected) =>
        Map(("config.forkConfigInfo", new VirtualMachineForkConfigInfo { ParentEnabled = parentEnabled, ChildForkGroupId = child, ParentForkGroupId = parent }))
            .State.InstantClone.ShouldBe(expected);

    [Fact]
    public void What_is_going_on_is_read()
    {
        var boot = new DateTime(2026, 3, 1, 8, 0, 0, DateTimeKind.Utc);
        var state = Map(
            ("runtime.question", new VirtualMachineQuestionInfo { Text = "Did you move or copy it?" }), ("runtime.bootTime", boot), ("runtime.suspendTime", boot.AddHours(1).ToLocalTime()),
            ("runtime.instantCloneFrozen", true), ("runtime.faultToleranceState", "running"),
            ("config.flags", new VirtualMachineFlagInfo { FaultToleranceType = "checkpointing", SnapshotLocked = true, SnapshotDisabled = true })).State;
        state.ShouldBe(new VmState
        {
            Question = "Did you move or copy it?",
            BootedAt = boot,
            SuspendedAt = boot.AddHours(1),
            InstantCloneFrozen = true,
            FaultToleranceState = "running",
            FaultToleranceType = "checkpointing",
            SnapshotsLocked = true,
            SnapshotsDisabled = true,
        });
    }

    [Fact]
    public void A_tree_of_snapshots_becomes_a_list_with_parents_depths_and_files()
    {
        var vm = Map(
            ("snapshot", new VirtualMachineSnapshotInfo
            {
                CurrentSnapshot = Ref("snapshot-3"),
                RootSnapshotList =
                [
                    new()
                    {
                        Snapshot = Ref("snapshot-1"), Name = "a%2fb", State = "poweredOn", Quiesced = true, Description = "d",
                        ChildSnapshotList = [new() { Snapshot = Ref("snapshot-2"), Name = "left" }, new() { Snapshot = Ref("snapshot-3"), Name = "right" }],
                    },
                ],
            }),
            ("layoutEx", new VirtualMachineFileLayoutEx
            {
                File = [File(1, "[d] a/a.vmdk", "diskDescriptor", 500), File(2, "[d] a/a-flat.vmdk", "diskExtent", 10_000), File(3, "[d] a/a.vmsn", "snapshotData", 7)],
                Snapshot = [new() { Key = Ref("snapshot-1"), DataKey = 3, Disk = [new() { Key = 2000, Chain = [new() { FileKey = [1, 2] }] }] }],
            }));
        vm.SnapshotCount.ShouldBe(3);
        vm.Snapshots.Select(s => (s.Key, s.Name, s.ParentKey, s.Depth, s.IsCurrent)).ShouldBe(
            [("snapshot-1", "a/b", null, 1, false), ("snapshot-2", "left", "snapshot-1", 2, false), ("snapshot-3", "right", "snapshot-1", 2, true)]);
        (vm.Snapshots[0].Quiesced, vm.Snapshots[0].PowerState, vm.Snapshots[0].Description).ShouldBe((true, "poweredOn", "d"));
        vm.Snapshots[0].DiskFiles.ShouldBe(["[d] a/a.vmdk"]);
        vm.Storage.SnapshotBytes.ShouldBe(7);
    }

    [Fact]
    public void A_chain_of_ten_thousand_snapshots_does_not_overrun_the_stack()
    {
        VirtualMachineSnapshotTree tree = new() { Snapshot = Ref("snapshot-0") };
        for (var i = 1; i < 10_000; i++)
        {
            tree = new() { Snapshot = Ref($"snapshot-{i}"), ChildSnapshotList = [tree] };
        }

        Map(("snapshot", new VirtualMachineSnapshotInfo { RootSnapshotList = [tree] })).Snapshots[^1].Depth.ShouldBe(10_000);
    }

    [Fact]
    public void Sizes_of_files_go_to_disks_swap_snapshots_and_the_rest()
    {
        var vm = Map(
            ("summary.storage", new VirtualMachineStorageSummary { Committed = 100, Uncommitted = 50, Unshared = 90 }),
            ("config.hardware.device", new ArrayOfVirtualDevice { VirtualDevice = [new VirtualDisk { Key = 2000 }, new VirtualDisk { Key = 2001 }] }),
            ("layoutEx", new VirtualMachineFileLayoutEx
            {
                File =
                [
                    File(1, "a.vmdk", "diskDescriptor", 1), File(2, "a-flat.vmdk", "diskExtent", 1000), File(3, "a-000001.vmdk", "diskDescriptor", 2), File(4, "a-000001-sesparse.vmdk", "diskExtent", 40),
                    File(5, "a.vswp", "swap", 300), File(6, "vmx-a.vswp", "uwswap", 8), File(7, "a.vmsn", "snapshotData", 5), File(8, "a.vmem", "snapshotMemory", 600),
                    File(9, "a.vmx", "config", 3), File(10, "vmware.log", "log", 4, accessible: false),
                ],
                Disk = [new() { Key = 2000, Chain = [new() { FileKey = [1, 2] }, new() { FileKey = [3, 4] }] }],
            }));
        (vm.Storage.CommittedBytes, vm.Storage.UncommittedBytes, vm.Storage.UnsharedBytes).ShouldBe((100, 50, 90));
        (vm.Storage.SwapBytes, vm.Storage.SnapshotBytes, vm.Storage.OtherBytes).ShouldBe((308, 605, 7));
        vm.Storage.InaccessibleFiles.ShouldBe(["vmware.log"]);
        vm.Disks.Select(d => (d.CommittedBytes, d.DeltaBytes)).ShouldBe([(1043, 42), (null, null)]);
    }

    [Fact]
    public void The_guest_s_interfaces_routes_and_file_systems_are_read()
    {
        var vm = Map(
            ("guest.guestId", "debian12_64Guest"), ("guest.guestFamily", "linuxGuest"), ("guest.guestFullName", "Debian"), ("guest.toolsStatus", "toolsOk"),
            ("guest.toolsVersion", "12352"), ("guest.toolsVersionStatus2", "guestToolsUnmanaged"), ("config.tools", new ToolsConfigInfo { SyncTimeWithHost = true }),
            ("guest.ipAddress", "192.0.2.10"),
            ("guest.net", new ArrayOfGuestNicInfo
            {
                GuestNicInfo =
                [
                    new()
                    {
                        DeviceConfigId = 4000, MacAddress = "00:50:56:00:00:01", Network = "VM%2fNet", Connected = true, IpAddress = ["192.0.2.10", "fe80::1"],
                        DnsConfig = new() { IpAddress = ["192.0.2.53"] },
                        IpConfig = new()
                        {
                            IpAddress = [new() { IpAddress = "192.0.2.10", PrefixLength = 24, Origin = "manual" }, new() { IpAddress = "fe80::1", PrefixLength = 64, Origin = "linklayer" }],
                            Dhcp = new() { Ipv4 = new() { Enable = false } },
                        },
                    },
                    new() { DeviceConfigId = -1, IpAddress = ["172.17.0.1"] },
                ],
            }),
            ("guest.ipStack", new ArrayOfGuestStackInfo
            {
                GuestStackInfo =
                [
                    new()
                    {
                        DnsConfig = new() { HostName = "web01", DomainName = "example.org", IpAddress = ["192.0.2.53"], SearchDomain = ["example.org"] },
                        IpRouteConfig = new()
                        {
                            IpRoute =
                            [
                                new() { Network = "0.0.0.0", PrefixLength = 0, Gateway = new() { IpAddress = "192.0.2.1" } },
                                new() { Network = "192.0.2.0", PrefixLength = 24, Gateway = new() { Device = "0" } },
                                new() { Network = "198.51.100.0", PrefixLength = 24, Gateway = new() { IpAddress = "192.0.2.2" } },
                                new() { Network = "::", PrefixLength = 0, Gateway = new() { IpAddress = "fe80::ff" } },
                            ],
                        },
                    },
                ],
            }),
            ("guest.disk", new ArrayOfGuestDiskInfo
            {
                GuestDiskInfo = [new() { DiskPath = "/", Capacity = 1000, FreeSpace = 10, FilesystemType = "ext4", Mappings = [new() { Key = 2000 }, new() { Key = 2001 }] }, new() { DiskPath = "C:\\" }],
            }));
        vm.IpAddresses.ShouldBe(["192.0.2.10", "fe80::1", "172.17.0.1"]);
        var guest = vm.Guest;
        (guest.GuestId, guest.Family, guest.FullName, guest.ToolsStatus, guest.ToolsVersion, guest.ToolsVersionStatus, guest.TimeSyncedWithHost)
            .ShouldBe(("debian12_64Guest", "linuxGuest", "Debian", "toolsOk", "12352", "guestToolsUnmanaged", true));
        (guest.Nics[0].DeviceKey, guest.Nics[0].Network, guest.Nics[0].Dhcp, guest.Nics[0].DnsServers.Single()).ShouldBe((4000, "VM/Net", false, "192.0.2.53"));
        guest.Nics[0].Addresses.ShouldBe([new("192.0.2.10", 24, "manual"), new("fe80::1", 64, "linklayer")]);
        guest.Nics[1].Addresses.ShouldBe([new("172.17.0.1", null, null)]);
        guest.Stacks.Single().Gateways.ShouldBe(["192.0.2.1", "fe80::ff"]);
        guest.Stacks[0].Routes.ShouldBe([new("198.51.100.0", 24, "192.0.2.2")]);
        (guest.Stacks[0].HostName, guest.Stacks[0].DomainName, guest.Stacks[0].SearchDomains.Single()).ShouldBe(("web01", "example.org", "example.org"));
        guest.Disks.Select(d => (d.Path, d.CapacityBytes, d.FreeBytes, d.FileSystem, string.Join(',', d.DiskKeys))).ShouldBe([("/", 1000, 10, "ext4", "2000,2001"), ("C:\\", 0, 0, null, "")]);
    }

    public static TheoryData<string, object, string?> Kept() => new()
    {
        { "numa.nodeAffinity", "0,1", "0,1" },
        { "sched.cpu.latencySensitivity", "high", "high" },
        { "disk.EnableUUID", "TRUE", "TRUE" },
        { "ctkEnabled", "TRUE", "TRUE" },
        { "scsi0:0.ctkEnabled", "TRUE", "TRUE" },
        { "monitor_control.disable_longmode", 1, "1" },
        { "hypervisor.cpuid.v0", "FALSE", "FALSE" },
        { "isolation.tools.copy.disable", true, "TRUE" },
        { "pciPassthru0.cfg.vgpu", "x", "x" },
        { "ethernet0.pciSlotNumber", "192", "192" },
        { "guestinfo.userdata", "cGFzc3dvcmQ=", null },
        { "isolation.tools.adminPassword", "x", null },
    };

    [Theory]
    [MemberData(nameof(Kept))]
    public void Settings_that_decide_are_kept_and_secrets_never(string name, object value, string? kept) =>
        Map(Extra((name, value))).AdvancedSettings.ShouldBe([new AdvancedSetting(name, kept)]);

    [Theory]
    [InlineData("nvram")]
    [InlineData("vmware.tools.requiredversion")]
    [InlineData("sched.swap.derivedName")]
    [InlineData("numa.autosize.cookie")]
    [InlineData("svga.present")]
    [InlineData("")]
    public void Settings_that_decide_nothing_are_left_out(string name) => Map(Extra((name, "x"))).AdvancedSettings.ShouldBeEmpty();

    [Fact]
    public void A_disk_s_own_key_of_change_tracking_is_found_by_its_place()
    {
        var vm = Map(
            ("config.hardware.device", new ArrayOfVirtualDevice
            {
                VirtualDevice =
                [
                    new ParaVirtualSCSIController { Key = 1000 }, new VirtualDisk { Key = 2000, ControllerKey = 1000, UnitNumber = 0 },
                    new VirtualDisk { Key = 2001, ControllerKey = 1000, UnitNumber = 1 }, new VirtualDisk { Key = 2002, ControllerKey = 1000, UnitNumber = 2 },
                ],
            }),
            Extra(("scsi0:0.ctkEnabled", "true"), ("SCSI0:1.CTKENABLED", "FALSE")));
        vm.Disks.Select(d => d.ChangeTrackingKey).ShouldBe([true, false, null]);
    }

    [Fact]
    public void Owner_replication_and_OVF_properties_are_read_without_values()
    {
        var vm = Map(
            ("config.managedBy", new ManagedByInfo { ExtensionKey = "com.vmware.vim.eam", Type = "cluster-agent" }),
            ("config.repConfig", new ReplicationConfigSpec { VmReplicationId = "GID-1", Destination = "192.0.2.9", Rpo = 240, Paused = true, Disk = [new() { Key = 2000 }] }),
            ("config.vAppConfig", new VmConfigInfo { OvfEnvironmentTransport = ["iso"], Property = [new() { Id = "rootpw", Value = "hunter2" }] }),
            ("capability.changeTrackingSupported", false));
        (vm.IsManagedByExtension, vm.ManagedBy, vm.ChangeTrackingSupported).ShouldBe((true, new ManagedBy("com.vmware.vim.eam", "cluster-agent"), false));
        vm.Replication.ShouldNotBeNull();
        (vm.Replication.Id, vm.Replication.Destination, vm.Replication.RpoMinutes, vm.Replication.Paused, vm.Replication.DiskKeys.Single()).ShouldBe(("GID-1", "192.0.2.9", 240, true, 2000));
        vm.OvfEnvironment!.Transports.ShouldBe(["iso"]);
        vm.OvfEnvironment.PropertyNames.ShouldBe(["rootpw"]);
        System.Text.Json.JsonSerializer.Serialize(vm, PlannerJson.Default.Vm).ShouldNotContain("hunter2");
    }

    [Fact]
    public void Pools_vApps_and_custom_attributes_have_names()
    {
        ManagedObjectReference root = new("ResourcePool", "resgroup-1"), gold = new("ResourcePool", "resgroup-2"), app = new("VirtualApp", "resgroup-v3");
        var pools = new ResourcePools([Of(root, ("name", "Resources")), Of(gold, ("name", "gold%2f1"), ("parent", root)), Of(app, ("name", "shop"), ("parent", gold))]);
        var fields = new CustomFields([new() { Key = 101, Name = "owner" }]);
        var vm = Mapped(
            pools, fields, ("resourcePool", app),
            ("customValue", new ArrayOfCustomFieldValue
            {
                CustomFieldValue = [new CustomFieldStringValue { Key = 101, Value = "team-a" }, new CustomFieldStringValue { Key = 102, Value = "x" }, new CustomFieldStringValue { Key = 103, Value = "" }],
            }));
        (vm.ResourcePoolKey, vm.ResourcePool, vm.VApp).ShouldBe(("resgroup-v3", "gold/1/shop", "shop"));
        vm.CustomAttributes.ShouldBe([new("owner", "team-a"), new("attribute 102", "x")]);
        (Mapped(pools, fields, ("resourcePool", root)) is var inRoot ? (inRoot.ResourcePool, inRoot.VApp) : default).ShouldBe(("", null));
    }

    internal static ObjectProperties Of(ManagedObjectReference reference, params (string Path, object Value)[] properties) =>
        new(new ObjectContent { Obj = reference, PropSet = [.. properties.Select(p => new DynamicProperty { Name = p.Path, Val = p.Value })] });

    private static Vm Map(params (string Path, object Value)[] properties) => Mapped(new([]), new([]), properties);

    private static Vm Mapped(ResourcePools pools, CustomFields fields, params (string Path, object Value)[] properties) =>
        VmMapping.Map(Of(new("VirtualMachine", "vm-1"), properties), new Placement(), new NetworkNames([], [], [], []), pools, fields, new Dictionary<string, ManagedObjectReference?>());

    private static (string, object) Extra(params (string Key, object Value)[] options) =>
        ("config.extraConfig", new ArrayOfOptionValue { OptionValue = [.. options.Select(o => new OptionValue { Key = o.Key, Value = o.Value })] });

    private static ManagedObjectReference Ref(string key) => new("VirtualMachineSnapshot", key);

    private static VirtualMachineFileLayoutExFileInfo File(int key, string name, string type, long size, bool? accessible = null) =>
        new() { Key = key, Name = name, Type = type, Size = size, Accessible = accessible };
}
