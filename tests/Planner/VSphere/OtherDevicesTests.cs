using Migrate.Planner.Inventory;
using Migrate.Planner.VSphere;
using Migrate.Vim25;

namespace Migrate.Planner.Tests.VSphere;

public sealed class OtherDevicesTests
{
    public static TheoryData<VirtualDevice, DeviceKind, string?> Devices() => new()
    {
        { new VirtualPCIPassthrough { Backing = new VirtualPCIPassthroughDeviceBackingInfo { Id = "0000:3b:00.0", DeviceName = "NIC" } }, DeviceKind.PciPassthrough, "0000:3b:00.0" },
        { new VirtualPCIPassthrough { Backing = new VirtualPCIPassthroughDynamicBackingInfo { CustomLabel = "gpu-pool" } }, DeviceKind.DynamicPciPassthrough, "gpu-pool" },
        { new VirtualPCIPassthrough { Backing = new VirtualPCIPassthroughVmiopBackingInfo { Vgpu = "grid_a100-8c" } }, DeviceKind.VirtualGpu, "grid_a100-8c" },
        { new VirtualPCIPassthrough { Backing = new VirtualPCIPassthroughDvxBackingInfo { DeviceClass = "com.example.dvx" } }, DeviceKind.Dvx, "com.example.dvx" },
        { new VirtualPCIPassthrough(), DeviceKind.PciPassthrough, null },
        { new VirtualSCSIPassthrough { Backing = new VirtualSCSIPassthroughDeviceBackingInfo { DeviceName = "mpx.vmhba0" } }, DeviceKind.ScsiPassthrough, "mpx.vmhba0" },
        { new VirtualUSB { Backing = new VirtualUSBUSBBackingInfo { DeviceName = "path:1/0/3" } }, DeviceKind.Usb, "path:1/0/3" },
        { new VirtualUSBController(), DeviceKind.UsbController, null },
        { new VirtualUSBXHCIController(), DeviceKind.UsbController, null },
        { new VirtualSerialPort { Backing = new VirtualSerialPortFileBackingInfo { FileName = "[ds1] a/serial.log" } }, DeviceKind.SerialPort, "[ds1] a/serial.log" },
        { new VirtualSerialPort { Backing = new VirtualSerialPortDeviceBackingInfo { DeviceName = "/dev/char/serial/uart0" } }, DeviceKind.SerialPort, "/dev/char/serial/uart0" },
        { new VirtualSerialPort { Backing = new VirtualSerialPortPipeBackingInfo { PipeName = "com1" } }, DeviceKind.SerialPort, "com1" },
        { new VirtualSerialPort { Backing = new VirtualSerialPortURIBackingInfo { ServiceURI = "telnet://:7001" } }, DeviceKind.SerialPort, "telnet://:7001" },
        { new VirtualSerialPort { Backing = new VirtualSerialPortURIBackingInfo { ServiceURI = "telnet://joe:hunter2@console:7001" } }, DeviceKind.SerialPort, "telnet://console:7001" },
        { new VirtualParallelPort { Backing = new VirtualParallelPortDeviceBackingInfo { DeviceName = "/dev/parport0" } }, DeviceKind.ParallelPort, "/dev/parport0" },
        { new VirtualFloppy { Backing = new VirtualFloppyImageBackingInfo { FileName = "[ds1] drivers.flp" } }, DeviceKind.Floppy, "[ds1] drivers.flp" },
        { new VirtualCdrom { Backing = new VirtualCdromIsoBackingInfo { FileName = "[iso] debian.iso" } }, DeviceKind.Cdrom, "[iso] debian.iso" },
        { new VirtualCdrom { Backing = new VirtualCdromRemotePassthroughBackingInfo { DeviceName = "" } }, DeviceKind.Cdrom, null },
        { new VirtualTPM(), DeviceKind.Tpm, null },
        { new VirtualWDT(), DeviceKind.Watchdog, null },
        { new VirtualNVDIMM { Backing = new VirtualNVDIMMBackingInfo { FileName = "[pmem] a/nvdimm.vmdk" } }, DeviceKind.Nvdimm, "[pmem] a/nvdimm.vmdk" },
        { new VirtualNVDIMMController(), DeviceKind.NvdimmController, null },
        { new VirtualPrecisionClock { Backing = new VirtualPrecisionClockSystemClockBackingInfo { Protocol = "ptp" } }, DeviceKind.PrecisionClock, "ptp" },
        { new VirtualMachineVideoCard(), DeviceKind.VideoCard, null },
        { new VirtualHdAudioCard(), DeviceKind.SoundCard, null },
        { new VirtualMachineVMCIDevice(), DeviceKind.Vmci, null },
        { new VirtualDevice(), DeviceKind.Unknown, null },
    };

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_device_is_told_by_type_and_backing(VirtualDevice device, DeviceKind kind, string? backing)
    {
        var mapped = OtherDevices.Map(device, "label");
        (mapped.Kind, mapped.Backing, mapped.Type, mapped.BackingType).ShouldBe((kind, backing, device.GetType().Name, device.Backing?.GetType().Name ?? ""));
    }

    [Fact]
    public void Every_device_of_the_contract_is_known()
    {
        var plumbing = DeviceMapping.Plumbing;
        var unknown = typeof(VirtualDevice).Assembly.GetTypes()
            .Where(t => t.IsSubclassOf(typeof(VirtualDevice)) && !plumbing.Contains(t.Name) && t != typeof(VirtualController))
            .Select(t => (VirtualDevice)Activator.CreateInstance(t)!)
            .Where(d => d is not (Vim25.VirtualDisk or VirtualEthernetCard) && !DeviceMapping.IsDiskController(d))
            .Where(d => OtherDevices.Map(d, "").Kind == DeviceKind.Unknown)
            .Select(d => d.GetType().Name);
        unknown.ShouldBeEmpty();
    }

    [Fact]
    public void Ids_are_written_as_lspci_and_lsusb_write_them()
    {
        Ids(new VirtualPCIPassthrough { Backing = new VirtualPCIPassthroughDeviceBackingInfo { VendorId = unchecked((short)0x8086), DeviceId = "0x10FB" } }).ShouldBe(["8086:10fb"]);
        Ids(new VirtualPCIPassthrough { Backing = new VirtualPCIPassthroughDeviceBackingInfo { VendorId = unchecked((short)0xfffe), DeviceId = "1eb8" } }).ShouldBe(["fffe:1eb8"]);
        Ids(new VirtualPCIPassthrough
        {
            Backing = new VirtualPCIPassthroughDynamicBackingInfo { AllowedDevice = [new() { VendorId = 0x10de, DeviceId = 0x20b5 }, new() { VendorId = 0x10de, DeviceId = 0x20b7 }] },
        }).ShouldBe(["10de:20b5", "10de:20b7"]);
        Ids(new VirtualUSB { Vendor = 0x0529, Product = 1 }).ShouldBe(["0529:0001"]);
        Ids(new VirtualUSB()).ShouldBeEmpty();

        static IReadOnlyList<string> Ids(VirtualDevice device) => OtherDevices.Map(device, "").Ids;
    }

    [Fact]
    public void What_is_connected_large_active_or_far_away_is_told()
    {
        var iso = OtherDevices.Map(new VirtualCdrom
        {
            Backing = new VirtualCdromIsoBackingInfo { FileName = "[iso] a.iso", Datastore = new("Datastore", "datastore-9") },
            Connectable = new() { Connected = true, StartConnected = false },
        }, "");
        (iso.Connected, iso.StartConnected, iso.DatastoreKey, iso.IsRemote).ShouldBe((true, false, "datastore-9", false));
        OtherDevices.Map(new VirtualCdrom { Backing = new VirtualCdromRemoteAtapiBackingInfo { DeviceName = "D:" } }, "").IsRemote.ShouldBeTrue();
        OtherDevices.Map(new VirtualUSB { Connected = true }, "").Connected.ShouldBe(true);
        OtherDevices.Map(new VirtualTPM(), "").Connected.ShouldBeNull();
        OtherDevices.Map(new VirtualNVDIMM { CapacityInMB = 4096 }, "").SizeBytes.ShouldBe(4L << 30);
        OtherDevices.Map(new VirtualMachineVideoCard { VideoRamSizeInKB = 8192, Enable3DSupport = true }, "").ShouldSatisfyAllConditions(v => v.SizeBytes.ShouldBe(8 << 20), v => v.IsActive.ShouldBeTrue());
        OtherDevices.Map(new VirtualWDT { RunOnBoot = true }, "").IsActive.ShouldBeTrue();
        OtherDevices.Map(new VirtualPCIPassthrough { Backing = new VirtualPCIPassthroughVmiopBackingInfo { MigrateSupported = true } }, "").CanMigrate.ShouldBe(true);
    }
}
