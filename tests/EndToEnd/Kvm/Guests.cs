using Migrate.Executor.Destinations;
using Migrate.Executor.Domains;
using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;

namespace Migrate.EndToEnd.Tests.Kvm;

/// <summary>A VM with one disk, and the request for its domain, with names that no other test uses.</summary>
internal static class Guests
{
    public static Vm Vm(string name) => new()
    {
        Key = "vm-1",
        Name = name,
        PowerState = "poweredOff",
        BiosUuid = Guid.NewGuid().ToString(),
        GuestId = "debian12_64Guest",
        CpuCount = 2,
        CoresPerSocket = 1,
        MemoryBytes = 256L << 20,
        Controllers = [new DiskController(1000, "ParaVirtualSCSIController", 0, "noSharing")],
        Disks = [new VirtualDisk { Key = 2000, Label = "Hard disk 1", CapacityBytes = 192L << 20, ControllerKey = 1000, UnitNumber = 0, Uuid = "6000C29a-1b2c-3d4e-5f60-718293a4b5c6" }],
        Nics = [new Nic(4000, "Network adapter 1", "VirtualVmxnet3", "00:50:56:aa:bb:01", "network-1", "VM Network", true)],
    };

    public static string NewName() => $"migrate-test-{Guid.NewGuid():N}"[..24];

    public static async Task<DomainXml> DesignAsync(LibvirtConnection connection, Vm vm, string diskPath, string consoleLogPath) => DomainDesign.For(new DomainRequest
    {
        Vm = vm,
        Disks = [DiskAttachment.Backing(2000, diskPath, HostProbe.IsRotational(diskPath), HostProbe.FileSystemOf(diskPath))],
        Host = await HostProbe.ProbeAsync(connection, TestContext.Current.CancellationToken),
        Policy = new PlanPolicy { Networks = new Dictionary<string, NetworkMapping> { ["VM Network"] = new("user", "") } },
        DomainType = "qemu",
        ConsoleLogPath = consoleLogPath,
        RunId = Guid.NewGuid(),
    });
}
