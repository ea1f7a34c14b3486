using System.Globalization;
using Migrate.Planner.Inventory;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>What is known of a device that is neither disk, disk controller nor NIC.</summary>
internal static class OtherDevices
{
    public static OtherDevice Map(VirtualDevice device, string label)
    {
        var file = device.Backing as VirtualDeviceFileBackingInfo;
        return new OtherDevice(device.Key, device.GetType().Name, label, device.DeviceInfo?.Summary ?? "")
        {
            Kind = KindOf(device),
            BackingType = device.Backing?.GetType().Name ?? "",
            Backing = NameOf(device.Backing) is { Length: > 0 } name ? name : null,
            IsRemote = device.Backing is VirtualDeviceRemoteDeviceBackingInfo or VirtualUSBRemoteClientBackingInfo or VirtualUSBRemoteHostBackingInfo,
            DatastoreKey = file?.Datastore?.Value,
            Connected = device is VirtualUSB usb ? usb.Connected : device.Connectable?.Connected,
            StartConnected = device.Connectable?.StartConnected,
            SizeBytes = device switch
            {
                VirtualNVDIMM nvdimm => nvdimm.CapacityInMB << 20,
                VirtualMachineVideoCard video => video.VideoRamSizeInKB << 10,
                _ => null,
            },
            Ids = Ids(device),
            IsActive = device switch
            {
                VirtualWDT watchdog => watchdog.RunOnBoot,
                VirtualMachineVideoCard video => video.Enable3DSupport ?? false,
                _ => false,
            },
            CanMigrate = (device.Backing as VirtualPCIPassthroughVmiopBackingInfo)?.MigrateSupported,
        };
    }

    private static DeviceKind KindOf(VirtualDevice device) => device switch
    {
        VirtualPCIPassthrough { Backing: VirtualPCIPassthroughPluginBackingInfo } => DeviceKind.VirtualGpu,
        VirtualPCIPassthrough { Backing: VirtualPCIPassthroughDvxBackingInfo } => DeviceKind.Dvx,
        VirtualPCIPassthrough { Backing: VirtualPCIPassthroughDynamicBackingInfo } => DeviceKind.DynamicPciPassthrough,
        VirtualPCIPassthrough => DeviceKind.PciPassthrough,
        VirtualSCSIPassthrough => DeviceKind.ScsiPassthrough,
        VirtualUSB => DeviceKind.Usb,
        VirtualUSBController or VirtualUSBXHCIController => DeviceKind.UsbController,
        VirtualSerialPort => DeviceKind.SerialPort,
        VirtualParallelPort => DeviceKind.ParallelPort,
        VirtualFloppy => DeviceKind.Floppy,
        VirtualCdrom => DeviceKind.Cdrom,
        VirtualTPM => DeviceKind.Tpm,
        VirtualWDT => DeviceKind.Watchdog,
        VirtualNVDIMM => DeviceKind.Nvdimm,
        VirtualNVDIMMController => DeviceKind.NvdimmController,
        VirtualPrecisionClock => DeviceKind.PrecisionClock,
        VirtualMachineVideoCard => DeviceKind.VideoCard,
        VirtualSoundCard => DeviceKind.SoundCard,
        VirtualMachineVMCIDevice => DeviceKind.Vmci,
        _ => DeviceKind.Unknown,
    };

    private static string? NameOf(VirtualDeviceBackingInfo? backing) => backing switch
    {
        VirtualDeviceFileBackingInfo b => b.FileName,
        VirtualPCIPassthroughDeviceBackingInfo b => string.IsNullOrEmpty(b.Id) ? b.DeviceName : b.Id,
        VirtualPCIPassthroughDynamicBackingInfo b => string.IsNullOrEmpty(b.CustomLabel) ? b.AssignedId : b.CustomLabel,
        VirtualPCIPassthroughVmiopBackingInfo b => b.Vgpu,
        VirtualPCIPassthroughDvxBackingInfo b => b.DeviceClass,
        VirtualDeviceRemoteDeviceBackingInfo b => b.DeviceName,
        VirtualDeviceDeviceBackingInfo b => b.DeviceName,
        VirtualDevicePipeBackingInfo b => b.PipeName,
        VirtualDeviceURIBackingInfo b => WithoutPassword(b.ServiceURI),
        VirtualPrecisionClockSystemClockBackingInfo b => b.Protocol,
        _ => null,
    };

    /// <summary>A serial port's address may carry the login of a console server.</summary>
    private static string? WithoutPassword(string? address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.UserInfo.Length > 0 ? address!.Replace(uri.UserInfo + "@", "", StringComparison.Ordinal) : address;

    private static string[] Ids(VirtualDevice device) => device switch
    {
        { Backing: VirtualPCIPassthroughDeviceBackingInfo b } => [$"{Hex((ushort)b.VendorId)}:{DeviceId(b.DeviceId)}"],
        { Backing: VirtualPCIPassthroughDynamicBackingInfo b } => [.. (b.AllowedDevice ?? []).Select(a => $"{Hex(a.VendorId)}:{Hex(a.DeviceId)}")],
        VirtualUSB { Vendor: { } vendor, Product: { } product } => [$"{Hex(vendor)}:{Hex(product)}"],
        _ => [],
    };

    private static string Hex(int id) => (id & 0xffff).ToString("x4", CultureInfo.InvariantCulture);

    /// <summary>vSphere writes it in hexadecimal, with and without 0x.</summary>
    private static string DeviceId(string? text)
    {
        var digits = text?.StartsWith("0x", StringComparison.OrdinalIgnoreCase) == true ? text[2..] : text;
        return int.TryParse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var id) ? Hex(id) : text ?? "";
    }
}
