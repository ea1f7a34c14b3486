using System.Globalization;
using Migrate.Simulator.Disks;
using Migrate.Simulator.Estates;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.VirtualMachines;

namespace Migrate.Simulator.Datastores;

/// <summary>The small text files beside a disk's extent.</summary>
internal static class Descriptors
{
    public static string Vmdk(VmDisk disk, DiskLayer layer, DiskLayer? below)
    {
        var depth = layer.Number;
        var sectors = (disk.CapacityBytes / 512).ToString(CultureInfo.InvariantCulture);
        var (type, extent) = below is not null
            ? ("seSparse", $"RW {sectors} SESPARSE \"{FileName(disk.BaseName)}-{depth:D6}-sesparse.vmdk\"")
            : disk.ObjectId is { } id
                ? ("vmfs", $"RW {sectors} VMFS \"vsan://{id}\"")
                : disk.Source.Backing switch
                {
                    EstateBacking.RdmPhysical => ("vmfsPassthroughRawDeviceMap", $"RW {sectors} VMFSRDM \"{FileName(disk.FlatName)}\""),
                    EstateBacking.RdmVirtual => ("vmfsRawDeviceMap", $"RW {sectors} VMFSRDM \"{FileName(disk.FlatName)}\""),
                    _ => ("vmfs", $"RW {sectors} VMFS \"{FileName(disk.FlatName)}\""),
                };
        var parent = below is not null ? StableBytes.Hex($"content/{disk.Uuid}/{below.Number}", 8) : "ffffffff";
        var hint = below is not null ? $"parentFileNameHint=\"{FileName(disk.DescriptorName(below))}\"\n" : "";
        return $"""
            # Disk DescriptorFile
            version=1
            encoding="UTF-8"
            CID={StableBytes.Hex($"content/{disk.Uuid}/{depth}", 8)}
            parentCID={parent}
            createType="{type}"
            {hint}
            # Extent description
            {extent}

            # The Disk Data Base
            #DDB

            ddb.adapterType = "{(disk.Source.Controller == EstateControllerKind.Ide ? "ide" : "lsilogic")}"
            ddb.thinProvisioned = "{(disk.Source.Thin ? 1 : 0)}"
            ddb.uuid = "{disk.Uuid}"
            ddb.virtualHWVersion = "20"

            """;
    }

    public static string Vmx(VirtualMachine vm) => $"""
        .encoding = "UTF-8"
        config.version = "8"
        virtualHW.version = "{vm.Source.HardwareVersion.Replace("vmx-", "", StringComparison.Ordinal)}"
        displayName = "{vm.Name}"
        guestOS = "{vm.Source.GuestId}"
        uuid.bios = "{vm.BiosUuid}"
        vc.uuid = "{vm.InstanceUuid}"
        numvcpus = "{vm.Source.Cpus}"
        memSize = "{vm.Source.Memory >> 20}"
        firmware = "{vm.Source.Firmware}"
        {string.Join('\n', vm.Disks.Select(d => $"{d.Instance}.fileName = \"{FileName(d.DescriptorName(d.Chain.Layers[^1]))}\""))}

        """;

    private static string FileName(string path) => path[(path.LastIndexOf('/') + 1)..];
}
