using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Tests.Inventory;

namespace Migrate.Planner.Tests.Concerns;

public class DeviceRulesTests
{
    private static readonly Vm Plain = Estate.Vm();

    [Theory]
    [InlineData("VirtualPCIPassthrough", "device.passthrough", ConcernSeverity.Critical)]
    [InlineData("VirtualSCSIPassthrough", "device.passthrough", ConcernSeverity.Critical)]
    [InlineData("VirtualUSB", "device.not-carried-over", ConcernSeverity.Warning)]
    [InlineData("VirtualSerialPort", "device.not-carried-over", ConcernSeverity.Warning)]
    [InlineData("VirtualParallelPort", "device.not-carried-over", ConcernSeverity.Warning)]
    [InlineData("VirtualFloppy", "device.not-carried-over", ConcernSeverity.Warning)]
    [InlineData("VirtualUSBController", "device.usb-controller", ConcernSeverity.Warning)]
    [InlineData("VirtualUSBXHCIController", "device.usb-controller", ConcernSeverity.Warning)]
    [InlineData("VirtualNVDIMM", "device.nvdimm", ConcernSeverity.Critical)]
    [InlineData("VirtualWDT", "device.watchdog", ConcernSeverity.Warning)]
    [InlineData("VirtualPrecisionClock", "device.watchdog", ConcernSeverity.Warning)]
    [InlineData("VirtualDeviceOfTomorrow", "device.unknown", ConcernSeverity.Warning)]
    public void A_device_raises_its_rule_and_no_other(string type, string ruleId, ConcernSeverity severity)
    {
        Vm vm = Plain.With(new OtherDevice(13000, type, "the device", "GRID vGPU"));

        Judged.By(ruleId, vm).ShouldFire(severity, "the device");
        Judged.ByAll(vm).Select(concern => concern.Id).ShouldBe([ruleId]);
    }

    [Theory]
    [InlineData("VirtualMachineVideoCard")]
    [InlineData("VirtualCdrom")]
    [InlineData("VirtualMachineVMCIDevice")]
    public void What_every_VM_has_raises_nothing(string type) =>
        Judged.ByAll(Plain.With(new OtherDevice(7000, type, "the device", ""))).ShouldBeEmpty();

    [Theory]
    [InlineData("VirtualSriovEthernetCard")]
    [InlineData("VirtualVmxnet3Vrdma")]
    public void A_NIC_bound_to_hardware_is_a_warning(string type) =>
        Judged.By("device.sriov", Plain with { Nics = [Plain.Nics[0] with { Type = type }] }).ShouldFire(ConcernSeverity.Warning, "Network adapter 1");

    [Fact]
    public void An_ordinary_NIC_is_fine() => Judged.By("device.sriov", Plain).ShouldBeEmpty();
}
