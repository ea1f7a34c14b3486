using Migrate.Executor.Destinations;
using Migrate.Executor.Destinations.Facts;
using Migrate.Executor.Domains;
using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Tests.Domains;

/// <summary>VMs and hosts of different kinds, as an inventory would have them.</summary>
internal static class SampleVms
{
    private static readonly int[] Threads = [0, 24];

    public static KvmHostFacts Debian12 { get; } = new()
    {
        Uri = "qemu:///system",
        HostName = "kvm01",
        Libvirt = new Version(9, 0, 0),
        Qemu = new Version(7, 2, 22),
        Kernel = "6.1.0-56-amd64",
        Cpus = 48,
        NumaNodes = 2,
        MemoryBytes = 256L << 30,
        Cells = [Cell(0, 128L << 30), Cell(1, 128L << 30)],
        IoUring = new IoUringState(true, "io_uring_setup succeeds"),
        DomainTypes = ["qemu", "kvm"],
    };

    public static KvmHostFacts Recent { get; } = Debian12 with { Libvirt = new Version(11, 3, 0), Qemu = new Version(10, 0, 13), Kernel = "6.12.9-amd64" };

    public static Vm Web { get; } = new()
    {
        Key = "vm-11",
        Name = "web01",
        PowerState = "poweredOff",
        BiosUuid = "4212f0c4-1111-2222-3333-444455556666",
        GuestId = "debian12_64Guest",
        CpuCount = 2,
        CoresPerSocket = 1,
        MemoryBytes = 256L << 20,
        Controllers = [new DiskController(1000, "ParaVirtualSCSIController", 0, "noSharing")],
        Disks = [Disk(2000, 1000, 0, "6000C29a-1b2c-3d4e-5f60-718293a4b5c6")],
        Nics = [new Nic(4000, "Network adapter 1", "VirtualVmxnet3", "00:50:56:aa:bb:01", "network-1", "VM Network", true)],
    };

    /// <summary>Two controllers, a gap at unit 7 and an NVMe disk; eight vCPUs in two sockets.</summary>
    public static Vm Database { get; } = Web with
    {
        Key = "vm-12",
        Name = "db/main",
        BiosUuid = "4212f0c4-1111-2222-3333-444455557777",
        GuestId = "rhel9_64Guest",
        Firmware = "efi",
        LatencySensitivity = "high",
        CpuCount = 8,
        CoresPerSocket = 4,
        MemoryBytes = 32L << 30,
        Controllers =
        [
            new DiskController(1000, "ParaVirtualSCSIController", 0, "noSharing"),
            new DiskController(1001, "ParaVirtualSCSIController", 1, "noSharing"),
            new DiskController(31000, "VirtualNVMEController", 0, "noSharing"),
        ],
        Disks =
        [
            Disk(2000, 1000, 0, "6000C291-0000-0000-0000-000000000001"),
            Disk(2006, 1000, 6, "6000C291-0000-0000-0000-000000000002"),
            Disk(2008, 1000, 8, "6000C291-0000-0000-0000-000000000003"),
            Disk(2016, 1001, 0, "6000C291-0000-0000-0000-000000000004"),
            Disk(32000, 31000, 0, null),
        ],
        Nics =
        [
            new Nic(4000, "Network adapter 1", "VirtualVmxnet3", "00:50:56:aa:bb:02", "network-1", "VM Network", true),
            new Nic(4001, "Network adapter 2", "VirtualE1000e", "00:50:56:aa:bb:03", "network-2", "Backup", false),
        ],
    };

    public static Vm Windows { get; } = Web with
    {
        Key = "vm-13",
        Name = "ad01",
        BiosUuid = "4212f0c4-1111-2222-3333-444455558888",
        GuestId = "windows2019srv_64Guest",
        Firmware = "efi",
        SecureBoot = true,
        CpuCount = 6,
        CoresPerSocket = 4,
        MemoryBytes = 8L << 30,
        Nics = [new Nic(4000, "Network adapter 1", "VirtualE1000e", "00:50:56:aa:bb:04", "network-1", "VM Network", true)],
    };

    public static PlanPolicy Policy { get; } = new()
    {
        Networks = new Dictionary<string, NetworkMapping>
        {
            ["VM Network"] = new("bridge", "br0"),
            ["Backup"] = new("network", "backup"),
        },
    };

    public static DomainRequest Request(Vm vm, KvmHostFacts? host = null, string domainType = "kvm") => new()
    {
        Vm = vm,
        Disks = [.. vm.Disks.Select(d => DiskAttachment.Backing(d.Key, $"/var/lib/migrate/{vm.Key}-{d.Key}.raw", rotational: false, "ext4"))],
        Host = host ?? Debian12,
        Policy = Policy,
        DomainType = domainType,
        ConsoleLogPath = $"/var/log/migrate/{vm.Key}.log",
        RunId = new Guid("0198c0de-0000-7000-8000-000000000001"),
    };

    /// <summary>A node of 12 cores with two threads each: CPU n and n + 24 are siblings, as Linux numbers them.</summary>
    public static NumaCell Cell(int id, long memoryBytes, long hugePageBytes = 0) => new()
    {
        Id = id,
        MemoryBytes = memoryBytes,
        Cpus =
        [
            .. from thread in Threads
               from core in Enumerable.Range(id * 12, 12)
               select new HostCpu(core + thread, id, 0, core % 12, [core, core + 24]),
        ],
        HugePages = hugePageBytes == 0 ? [] : [new HugePagePool(2L << 20, 0, 0), new HugePagePool(1L << 30, hugePageBytes >> 30, hugePageBytes >> 30)],
    };

    public static VirtualDisk Disk(int key, int controller, int unit, string? uuid) => new()
    {
        Key = key,
        Label = $"Hard disk {key - 1999}",
        CapacityBytes = 1L << 30,
        ControllerKey = controller,
        UnitNumber = unit,
        Uuid = uuid,
        Backing = DiskBacking.Flat,
    };
}
