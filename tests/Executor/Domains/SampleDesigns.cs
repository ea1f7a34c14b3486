using Migrate.Executor.Destinations;
using Migrate.Executor.Domains;
using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Tests.Domains;

/// <summary>VMs of all kinds with the settings that they are designed by; golden files hold what comes of each on two hosts.</summary>
internal static class SampleDesigns
{
    private static readonly int[] ScsiUnits = [0, 1, 6, 8, 15];

    private static readonly Vm Quiet = SampleVms.Web;

    private static readonly Vm TwoBusyDisks = Quiet with
    {
        Key = "vm-22",
        Name = "queue01",
        CpuCount = 4,
        Disks =
        [
            .. Enumerable.Range(0, 4).Select(unit => SampleVms.Disk(2000 + unit, 1000, unit, $"6000C292-0000-0000-0000-00000000000{unit}")),
        ],
    };

    private static readonly Vm ManyDisks = Quiet with
    {
        Key = "vm-23",
        Name = "store01",
        CpuCount = 24,
        CoresPerSocket = 12,
        Controllers = [.. Enumerable.Range(0, 4).Select(bus => new DiskController(1000 + bus, "VirtualLsiLogicSASController", bus, "noSharing"))],
        Disks =
        [
            .. from bus in Enumerable.Range(0, 4)
               from unit in ScsiUnits
               select SampleVms.Disk(2000 + (bus * 16) + unit, 1000 + bus, unit, $"6000C293-0000-0000-0000-0000000{bus:00}{unit:000}"),
        ],
    };

    /// <summary>By name of the golden files: VM, policy for its domain, and loads of its disks.</summary>
    public static IReadOnlyDictionary<string, (Vm Vm, DomainPolicy Policy, IReadOnlyDictionary<int, double> Iops)> All { get; } = new Dictionary<string, (Vm, DomainPolicy, IReadOnlyDictionary<int, double>)>
    {
        ["linux-bios"] = Plain(Quiet),
        ["database-efi"] = Plain(SampleVms.Database),
        ["windows-secure-boot"] = Plain(SampleVms.Windows),
        ["windows-7-ide"] = Plain(SampleVms.Windows with
        {
            Key = "vm-14",
            Name = "scada",
            GuestId = "windows7_64Guest",
            Firmware = "bios",
            SecureBoot = false,
            CpuCount = 2,
            CoresPerSocket = 2,
            Controllers = [new DiskController(200, "VirtualIDEController", 0, "noSharing")],
            Disks = [SampleVms.Disk(3000, 200, 0, "6000C294-0000-0000-0000-000000000001")],
        }),
        ["windows-11-tpm"] = Plain(SampleVms.Windows with { Key = "vm-15", Name = "desk01", GuestId = "windows11_64Guest", Security = new VmSecurity { HasVirtualTpm = true } }),
        ["wide-two-nodes"] = (Quiet with { Key = "vm-16", Name = "analytics", CpuCount = 32, CoresPerSocket = 16, MemoryBytes = 64L << 30 }, new DomainPolicy { Pinning = Choice.Always }, None),
        ["limited-iops"] = Plain(Quiet with
        {
            Key = "vm-17",
            Name = "batch01",
            Disks =
            [
                SampleVms.Disk(2000, 1000, 0, "6000C295-0000-0000-0000-000000000001") with { IopsLimit = 500, ThinProvisioned = true },
                SampleVms.Disk(2001, 1000, 1, "6000C295-0000-0000-0000-000000000002") with { Policy = new StoragePolicy { Id = "p-1", Name = "Bronze", IopsLimit = 200 } },
            ],
        }),
        ["limits-let-go"] = (Quiet with { Key = "vm-18", Name = "batch02", Disks = [SampleVms.Disk(2000, 1000, 0, "6000C295-0000-0000-0000-000000000003") with { IopsLimit = 500 }] },
            new DomainPolicy { KeepIopsLimits = false }, None),
        ["latency-extreme"] = (SampleVms.Database with { Key = "vm-19", Name = "ticks" }, new DomainPolicy { Profile = DomainProfile.LatencyExtreme }, None),
        ["dense"] = (Quiet with { Key = "vm-20", Name = "kiosk" }, new DomainPolicy { Profile = DomainProfile.Dense }, None),
        ["host-model"] = (Quiet with { Key = "vm-21", Name = "mobile" }, new DomainPolicy { Cpu = GuestCpu.HostModel }, None),
        ["named-cpu"] = (Quiet with { Key = "vm-24", Name = "mobile2" }, new DomainPolicy { Cpu = GuestCpu.Named, CpuModel = "Skylake-Server-noTSX-IBRS" }, None),
        ["busy-disks"] = (TwoBusyDisks, new DomainPolicy(), new Dictionary<int, double> { [2000] = 15, [2001] = 900, [2002] = 1200, [2003] = 300 }),
        ["many-disks"] = Plain(ManyDisks),
        ["many-disks-latency-extreme"] = (ManyDisks with { Key = "vm-25", Name = "store02" }, new DomainPolicy { Profile = DomainProfile.LatencyExtreme, Pinning = Choice.Never, IoThreads = 2 }, None),
        ["locked-huge-pages"] = (Quiet with { Key = "vm-26", Name = "cache01", CpuCount = 4, MemoryBytes = 16L << 30, Resources = new VmResources { MemoryReservationLocked = true } },
            new DomainPolicy { Profile = DomainProfile.Latency, HugePages = Choice.Always, ZeroWrites = ZeroWrites.Unmap }, None),
        ["native-4k-boot-order"] = Plain(Quiet with
        {
            Key = "vm-27",
            Name = "boot02",
            Boot = new VmBoot { Order = [new BootDevice("cdrom", null), new BootDevice("disk", 2001)] },
            Disks = [SampleVms.Disk(2000, 1000, 0, "6000C296-0000-0000-0000-000000000001"), SampleVms.Disk(2001, 1000, 1, "6000C296-0000-0000-0000-000000000002") with { SectorBytes = 4096 }],
            OtherDevices =
            [
                new OtherDevice(9000, "VirtualSerialPort", "Serial port 1", "") { Kind = DeviceKind.SerialPort },
                new OtherDevice(18000, "VirtualWDT", "Watchdog timer", "") { Kind = DeviceKind.Watchdog },
                new OtherDevice(13000, "VirtualPCIPassthrough", "PCI device 0", "") { Kind = DeviceKind.PciPassthrough },
            ],
        }),
        ["ovf-without-uuids"] = Plain(Quiet with { Key = "appliance", Name = "appliance ", BiosUuid = null, InstanceUuid = null, Disks = [SampleVms.Disk(2000, 1000, 0, null)], Nics = [] }),
    };

    public static IReadOnlyDictionary<string, KvmHostFacts> Hosts { get; } = new Dictionary<string, KvmHostFacts>
    {
        ["libvirt-9.0"] = SampleVms.Debian12 with { Cells = [SampleVms.Cell(0, 128L << 30, 32L << 30), SampleVms.Cell(1, 128L << 30, 32L << 30)] },
        ["libvirt-11.3"] = SampleVms.Recent with { Cells = [SampleVms.Cell(0, 128L << 30, 32L << 30), SampleVms.Cell(1, 128L << 30, 32L << 30)] },
    };

    private static Dictionary<int, double> None => [];

    public static DomainRequest Request(string name, KvmHostFacts host, string domainType = "kvm")
    {
        var (vm, policy, iops) = All[name];
        return SampleVms.Request(vm, host, domainType) with { Policy = SampleVms.Policy with { Domain = policy }, MeanIops = iops };
    }

    private static (Vm, DomainPolicy, IReadOnlyDictionary<int, double>) Plain(Vm vm) => (vm, new DomainPolicy(), None);
}
