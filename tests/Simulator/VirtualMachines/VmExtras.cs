using Migrate.Simulator.Values;

namespace Migrate.Simulator.VirtualMachines;

/// <summary>CD-ROM, floppy, ports, USB, TPM, passthrough.</summary>
internal sealed class VmExtras(VirtualMachine vm)
{
    public IEnumerable<DataObject> All()
    {
        var devices = vm.Source.Devices;
        if (devices.Cdrom || devices.Iso is not null)
        {
            yield return Cdrom(devices.Iso);
        }

        if (devices.Floppy)
        {
            yield return With(
                VmDevices.Device("VirtualFloppy", 8000, "Floppy drive 1", "Remote", 400, 0),
                DataObject.Of("VirtualFloppyRemoteDeviceBackingInfo", ("deviceName", ""), ("useAutoDetect", false)), connected: false);
        }

        if (devices.Serial)
        {
            var serial = With(
                VmDevices.Device("VirtualSerialPort", 9000, "Serial port 1", "File serial.log", 400, 1),
                DataObject.Of("VirtualSerialPortFileBackingInfo", ("fileName", $"[{vm.Home.Name}] {vm.Name}/serial.log"), ("datastore", vm.Home.Ref)), connected: true);
            serial["yieldOnPoll"] = true;
            yield return serial;
        }

        if (devices.SerialUri is { } uri)
        {
            var serial = With(
                VmDevices.Device("VirtualSerialPort", 9001, "Serial port 2", $"Remote {uri}", 400, 3),
                DataObject.Of("VirtualSerialPortURIBackingInfo", ("serviceURI", uri), ("direction", "server")), connected: true);
            serial["yieldOnPoll"] = true;
            yield return serial;
        }

        if (devices.Watchdog)
        {
            var watchdog = VmDevices.Device("VirtualWDT", 18000, "Watchdog timer", "Watchdog timer", 100, 20);
            watchdog["runOnBoot"] = true;
            watchdog["running"] = vm.State.Power == "poweredOn";
            yield return watchdog;
        }

        if (devices.PrecisionClock)
        {
            var clock = VmDevices.Device("VirtualPrecisionClock", 19000, "Precision clock", "Precision clock", 100, 21);
            clock["backing"] = DataObject.Of("VirtualPrecisionClockSystemClockBackingInfo", ("protocol", "ntp"));
            yield return clock;
        }

        foreach (var (label, index) in devices.DynamicPassthrough.Select((n, i) => (n, i)))
        {
            var device = VmDevices.Device("VirtualPCIPassthrough", 13200 + index, $"PCI device {index}", label, 100, 31 + index);
            device["backing"] = DataObject.Of(
                "VirtualPCIPassthroughDynamicBackingInfo", ("deviceName", ""), ("useAutoDetect", false), ("customLabel", label),
                ("allowedDevice", new List<DataObject> { DataObject.Of("VirtualPCIPassthroughAllowedDevice", ("vendorId", 0x10de), ("deviceId", 0x20b5)) }));
            yield return device;
        }

        if (devices.Parallel)
        {
            yield return With(
                VmDevices.Device("VirtualParallelPort", 10000, "Parallel port 1", "File parallel.log", 400, 2),
                DataObject.Of("VirtualParallelPortFileBackingInfo", ("fileName", $"[{vm.Home.Name}] {vm.Name}/parallel.log"), ("datastore", vm.Home.Ref)), connected: true);
        }

        if (devices.Usb)
        {
            var controller = VmDevices.Device("VirtualUSBXHCIController", 14000, "USB xHCI controller", "USB xHCI controller", 100, 23);
            controller["busNumber"] = 0;
            controller["device"] = new[] { 14001 };
            controller["autoConnectDevices"] = false;
            yield return controller;
            var usb = VmDevices.Device("VirtualUSB", 14001, "USB 1", "SafeNet Sentinel HL Key", 14000, 0);
            usb["backing"] = DataObject.Of("VirtualUSBUSBBackingInfo", ("deviceName", "path:0/1/4"), ("useAutoDetect", false));
            usb["connected"] = true;
            usb["vendor"] = 0x0529;
            usb["product"] = 0x0001;
            usb["family"] = new[] { "security" };
            usb["speed"] = new[] { "full" };
            yield return usb;
        }

        if (devices.Tpm)
        {
            yield return VmDevices.Device("VirtualTPM", 11000, "Virtual TPM", "Trusted Platform Module", 100, 18);
        }

        foreach (var (name, index) in devices.Passthrough.Select((n, i) => (n, i)))
        {
            var device = VmDevices.Device("VirtualPCIPassthrough", 13000 + index, $"PCI device {index}", name, 100, 25 + index);
            device["backing"] = PciBacking($"0000:af:00.{index}", name);
            yield return device;
        }

        foreach (var (profile, index) in devices.Vgpu.Select((n, i) => (n, i)))
        {
            var device = VmDevices.Device("VirtualPCIPassthrough", 13100 + index, $"PCI device {devices.Passthrough.Count + index}", $"NVIDIA GRID vGPU {profile}", 100, 28 + index);
            device["backing"] = DataObject.Of("VirtualPCIPassthroughVmiopBackingInfo", ("vgpu", profile), ("migrateSupported", true));
            yield return device;
        }
    }

    public static DataObject PciBacking(string id, string name) => DataObject.Of(
        "VirtualPCIPassthroughDeviceBackingInfo",
        ("deviceName", name),
        ("useAutoDetect", false),
        ("id", id),
        ("deviceId", "101d"),
        ("systemId", "BYPASS"),
        ("vendorId", (short)0x15b3));

    private DataObject Cdrom(string? iso) => With(
        VmDevices.Device("VirtualCdrom", 3002, "CD/DVD drive 1", iso is null ? "Remote device" : $"ISO {iso}", 201, 0),
        iso is null
            ? DataObject.Of("VirtualCdromRemotePassthroughBackingInfo", ("deviceName", ""), ("useAutoDetect", false), ("exclusive", false))
            : DataObject.Of("VirtualCdromIsoBackingInfo", ("fileName", iso), ("datastore", vm.Home.Ref)),
        connected: iso is not null);

    private DataObject With(DataObject device, DataObject backing, bool connected)
    {
        device["backing"] = backing;
        device["connectable"] = DataObject.Of(
            "VirtualDeviceConnectInfo",
            ("startConnected", connected),
            ("allowGuestControl", true),
            ("connected", connected && vm.State.Power == "poweredOn"),
            ("status", vm.State.Power == "poweredOn" ? "ok" : "untried"));
        return device;
    }
}
