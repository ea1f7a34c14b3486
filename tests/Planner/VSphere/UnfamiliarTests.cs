using Migrate.Planner.Inventory;
using Migrate.Planner.Tests.Inventory;
using Migrate.Planner.VSphere;

namespace Migrate.Planner.Tests.VSphere;

public sealed class UnfamiliarTests
{
    [Fact]
    public void A_VM_of_known_things_has_no_gap() => Unfamiliar.In([Estate.Vm() with { OtherDevices = [new OtherDevice(1, "VirtualTPM", "", "") { Kind = DeviceKind.Tpm }] }]).ShouldBeEmpty();

    public static TheoryData<Vm, string> Strange() => new()
    {
        { Known() with { PowerState = "hibernated" }, "power state 'hibernated'" },
        { Known() with { ConnectionState = "elsewhere" }, "connection state 'elsewhere'" },
        { Known() with { Firmware = "coreboot" }, "firmware 'coreboot'" },
        { Known() with { Controllers = [new DiskController(1, "X", 0, "someSharing")] }, "bus sharing 'someSharing'" },
        { Known() with { Disks = [Estate.Disk() with { DiskMode = "quantum" }] }, "disk mode 'quantum'" },
        { Known() with { Disks = [Estate.Disk() with { Sharing = "sharingAll" }] }, "disk sharing 'sharingAll'" },
        { Known() with { Disks = [Estate.Disk() with { Backing = DiskBacking.Unknown, BackingType = "VirtualDeviceFileBackingInfo" }] }, "disk backing VirtualDeviceFileBackingInfo" },
        { Known() with { Disks = [Estate.Disk() with { Backing = DiskBacking.Unknown, BackingType = "" }] }, "disk without a backing" },
        { Known() with { OtherDevices = [new OtherDevice(1, "VirtualDevice", "Quantum 1", "")] }, "device VirtualDevice 'Quantum 1'" },
    };

    [Theory]
    [MemberData(nameof(Strange))]
    public void What_is_not_known_is_named(Vm vm, string what) =>
        Unfamiliar.In([vm]).ShouldBe([$"{what}: not known here; kept as it came"]);

    [Fact]
    public void One_line_stands_for_all_VMs() =>
        Unfamiliar.In([.. Enumerable.Range(0, 8).Select(i => Known() with { Name = $"vm{i}", Firmware = "coreboot" })])
            .ShouldBe(["firmware 'coreboot': not known here; kept as it came"]);

    [Theory]
    [InlineData("6.5", 0)]
    [InlineData("6.7.3", 1)]
    [InlineData("7.0.1.0", 3)]
    [InlineData("8.0.1.0", 5)]
    [InlineData("9.0.0.0", 5)]
    [InlineData("odd", 5)]
    public void A_server_is_not_asked_for_what_came_after_it(string version, int asked) =>
        YoungProperties.Without("VirtualMachine", ["runtime.cryptoState", "config.sgxInfo", "config.sevEnabled", "config.ftEncryptionMode", "config.numaInfo"], version).Count.ShouldBe(asked);

    private static Vm Known() => Estate.Vm() with { OtherDevices = [] };
}
