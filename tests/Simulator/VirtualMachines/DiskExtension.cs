using System.Globalization;
using System.Xml.Linq;
using Migrate.Simulator.Soap;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.VirtualMachines;

/// <summary>A disk becomes larger: the one change of devices that is simulated.</summary>
internal sealed record DiskExtension(VmDisk Disk, long CapacityBytes)
{
    /// <param name="vm">Whose disk it is.</param>
    /// <param name="change">A VirtualDeviceConfigSpec.</param>
    public static DiskExtension Of(VirtualMachine vm, XElement change)
    {
        var device = change.Child("device");
        if (change.ChildText("operation") != "edit" || device?.XsiType() != "VirtualDisk" || vm.Disks.FirstOrDefault(d => d.Key == device.Int("key")) is not { } disk)
        {
            throw new VimFaultException(new DataObject("NotSupported"), "This simulator changes the size of disks that are there, and no other device.");
        }

        var bytes = Long(device, "capacityInBytes") ?? Long(device, "capacityInKB") * 1024 ?? 0;
        if (bytes < disk.CapacityBytes)
        {
            throw VimFaultException.InvalidArgument("deviceChange.device.capacityInBytes", "A disk cannot become smaller.");
        }

        return new DiskExtension(disk, bytes);
    }

    public void Run(VirtualMachine vm)
    {
        if (CapacityBytes == Disk.CapacityBytes)
        {
            return;
        }

        if (Disk.Chain.All.Count > 1)
        {
            throw VimFaultException.InvalidArgument("deviceChange.device", "A disk with snapshots cannot be extended.");
        }

        vm.Storage.Resize(Disk, CapacityBytes);
        vm.Touch();
    }

    private static long? Long(XElement device, string name) =>
        long.TryParse(device.ChildText(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
