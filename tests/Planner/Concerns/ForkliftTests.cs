using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Tests.Inventory;

namespace Migrate.Planner.Tests.Concerns;

/// <summary>
/// Forklift's vSphere rules and what ours say on equal input. A row is their rule's id and category, the input that makes it fire, and our
/// rule, whose verdict is the same. What we judge more severely is a rule of its own beside it.
/// </summary>
public class ForkliftTests
{
    private const ConcernSeverity Critical = ConcernSeverity.Critical;
    private const ConcernSeverity Warning = ConcernSeverity.Warning;
    private const ConcernSeverity Information = ConcernSeverity.Information;

    private sealed record Row(string Theirs, ConcernSeverity Category, string Ours, ConcernContext Input);

    private static readonly Vm Plain = Estate.Vm();
    private static readonly VirtualDisk Disk = Estate.Disk();
    private static readonly Cluster Cluster = new("domain-c1", "cluster1", "dc1", DrsEnabled: false, HaEnabled: false, VsanEnabled: false);

    private static readonly Row[] Rows =
    [
        new("vmware.changed_block_tracking.disabled", Warning, "vm.cbt-off", On(Plain with { ChangeTrackingEnabled = false })),
        new("vmware.changed_block_tracking.disk.disabled", Warning, "disk.cbt-off", On(Plain.With(Disk with { ChangeTrackingKey = false, ChangeId = null }))),
        new("vmware.consolidation_needed", Warning, "vm.consolidation-needed", On(Plain with { ConsolidationNeeded = true })),
        new("vmware.cpu_affinity.detected", Warning, "vm.cpu-affinity", On(Plain with { Resources = new VmResources { CpuAffinity = [0, 2] } })),
        new("vmware.cpu_memory.hotplug.enabled", Warning, "vm.hot-add", On(Plain with { CpuHotAddEnabled = true })),
        new("vmware.datastore.missing", Critical, "datastore.inaccessible", On(Plain.With(Disk with { DatastoreKey = null }))),
        new("vmware.disk.count.exceeds.limit", Warning, "vm.disk-count", On(Plain with { Disks = [.. Enumerable.Range(2000, 166).Select(key => Estate.Disk(key))] })),
        new("vmware.disk_mode.independent", Warning, "disk.independent", On(Plain.With(Disk with { DiskMode = "independent_persistent" }))),
        new("vmware.disk_serial.truncated", Information, "disk.serial-changes", On(Plain with { DiskUuidEnabled = true })),
        new("vmware.disk.capacity.invalid", Critical, "disk.capacity-invalid", On(Plain.With(Disk with { CapacityBytes = 0 }))),
        new("vmware.dpm.enabled", Information, "cluster.dpm", On(Plain, Cluster with { DpmEnabled = true })),
        new("vmware.drs.enabled", Information, "cluster.drs", On(Plain, Cluster with { DrsEnabled = true })),
        new("vmware.fault_tolerance.enabled", Information, "vm.fault-tolerance", On(Plain with { FaultToleranceRole = "primary" })),
        new("vmware.guestDisks.freespace", Critical, "guest.free-space", On(Guest(new GuestDisk { Path = "/", CapacityBytes = 1L << 30, FreeBytes = (100L << 20) - 1 }))),
        new("vmware.guestDisks.key.not_found", Information, "guest.drive-unmapped",
            On(Guest(new GuestDisk { Path = "C:\\", CapacityBytes = 1L << 30, FreeBytes = 1L << 29 }) with { GuestId = "windows2019srv_64Guest" })),
        new("vmware.host_affinity.detected", Warning, "vm.host-affinity",
            On(Plain, Cluster with { Rules = [new DrsRule { Key = 1, Name = "licence", Kind = DrsRuleKind.VmHostAffinity, Enabled = true, VmKeys = ["vm-1"], HostGroup = "licensed" }] })),
        new("vmware.hostname.empty", Warning, "guest.host-name-empty", On(Plain with { GuestHostName = "" })),
        new("vmware.hostname.default", Warning, "guest.host-name-default", On(Plain with { GuestHostName = "localhost.localdomain" })),
        new("vmware.vm_missing_ip.detected", Warning, "guest.no-address", On(Plain with { IpAddresses = [] })),
        new("vmware.vm.name.invalid", Warning, "vm.name-not-dns", On(Plain with { Name = "web server_01" })),
        new("vmware.numa_affinity.detected", Warning, "vm.numa-affinity", On(Plain with { AdvancedSettings = [new AdvancedSetting("numa.nodeAffinity", "0,1")] })),
        new("vmware.passthrough_device.detected", Critical, "device.passthrough", On(Plain.With(new OtherDevice(13000, "VirtualPCIPassthrough", "PCI device 0", "")))),
        new("vmware.disk.rdm.detected", Warning, "disk.rdm", On(Plain.With(Disk with { Backing = DiskBacking.RawDeviceMapping, RdmCompatibility = "virtualMode" }))),
        new("vmware.disk.rdm.detected", Warning, "disk.rdm", On(Plain.With(Disk with { Backing = DiskBacking.RawDeviceMapping, RdmCompatibility = "physicalMode" }))),
        new("vmware.disk.shared.detected", Warning, "disk.shared", On(Plain.With(Disk with { Sharing = "sharingMultiWriter" }))),
        new("vmware.snapshot.detected", Information, "vm.snapshots", On(Plain with { SnapshotCount = 1 })),
        new("vmware.device.sriov.detected", Warning, "device.sriov", On(Plain with { Nics = [Plain.Nics[0] with { Type = "VirtualSriovEthernetCard" }] })),
        new("vmware.tpm.detected", Warning, "device.vtpm", On(Plain.With(new OtherDevice(11000, "VirtualTPM", "Virtual TPM", "")))),
        new("vmware.usb_controller.detected", Warning, "device.usb-controller", On(Plain.With(new OtherDevice(7000, "VirtualUSBController", "USB controller", "")))),
        new("vmware.os.unsupported", Warning, "guest.os-unlisted", On(Plain with { GuestId = "debian12_64Guest", GuestFullName = "Debian GNU/Linux 12 (64-bit)" })),
    ];

    public static TheoryData<int> Indices => [.. Enumerable.Range(0, Rows.Length)];

    [Theory, MemberData(nameof(Indices))]
    public void Ours_says_what_theirs_says(int index)
    {
        Row row = Rows[index];

        Concern concern = Judged.By(row.Ours, row.Input).ShouldHaveSingleItem(row.Theirs);

        concern.Severity.ShouldBe(row.Category, row.Theirs);
    }

    [Theory, MemberData(nameof(Indices))]
    public void Ours_is_silent_where_theirs_is(int index) => Judged.By(Rows[index].Ours, On(Plain, Cluster)).ShouldBeEmpty(Rows[index].Theirs);

    /// <summary>Where going on would fail or lose data for certain, a rule of ours beside the counterpart says so and blocks.</summary>
    [Theory]
    [InlineData("vmware.fault_tolerance.enabled", "vm.fault-tolerance-export")]
    [InlineData("vmware.disk.shared.detected", "disk.multi-writer")]
    [InlineData("vmware.tpm.detected", "device.vtpm-keys")]
    public void What_we_judge_more_severely_is_a_rule_of_its_own(string theirs, string ours) =>
        Judged.By(ours, Rows.Single(row => row.Theirs == theirs).Input).ShouldHaveSingleItem().Severity.ShouldBe(Critical);

    [Fact]
    public void All_29_rules_have_a_row() => Rows.Select(row => row.Theirs).Distinct().Count().ShouldBe(29);

    [Theory]
    [InlineData("/", 100, true)]
    [InlineData("/boot", 50, true)]
    [InlineData("C:\\", 100, true)]
    [InlineData("/var", 10, true)]
    [InlineData("D:\\", 10, true)]
    public void Free_space_is_judged_by_the_same_limits(string path, int needed, bool critical)
    {
        Judged.By("guest.free-space", On(Guest(new GuestDisk { Path = path, FreeBytes = ((long)needed << 20) - 1 }))).Any().ShouldBe(critical);
        Judged.By("guest.free-space", On(Guest(new GuestDisk { Path = path, FreeBytes = (long)needed << 20 }))).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("rhel7_64Guest", "", null, true)]
    [InlineData("windows2022srvNext_64Guest", "", null, true)]
    [InlineData("windows9Server64Guest", "Microsoft Windows Server 2016 (64-bit)", null, true)]
    [InlineData("otherGuest", "Other (32-bit)", "Red Hat Enterprise Linux 10 (64-bit)", true)]
    [InlineData("otherGuest", "Microsoft Windows 11 (64-bit)", "FreeBSD 14 (64-bit)", false)]
    [InlineData("rhel6_64Guest", "Red Hat Enterprise Linux 6 (64-bit)", null, false)]
    [InlineData("", "", null, false)]
    public void Guests_are_listed_by_the_same_ids_and_names(string id, string configured, string? told, bool listed) =>
        Judged.By("guest.os-unlisted", On(Plain with { GuestId = id, GuestFullName = configured, Guest = new VmGuest { FullName = told } })).Any().ShouldBe(!listed);

    [Theory]
    [InlineData("web01", true)]
    [InlineData("Web01.Example", true)]
    [InlineData("web_01", false)]
    [InlineData("-web", false)]
    [InlineData("web-", false)]
    public void Names_are_judged_by_the_same_pattern(string name, bool good) => Judged.By("vm.name-not-dns", On(Plain with { Name = name })).Any().ShouldBe(!good);

    private static Vm Guest(GuestDisk disk) => Plain with { Guest = new VmGuest { Disks = [disk] } };

    private static ConcernContext On(Vm vm, Cluster? cluster = null) => Judged.Context(vm, clusters: cluster is null ? null : [cluster]);
}
