using System.Globalization;
using Migrate.Simulator.Estates;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.VirtualMachines;

namespace Migrate.Simulator.Datastores;

/// <summary>The small text files beside a disk's extent.</summary>
internal static class Descriptors
{
    public static string Vmdk(VmDisk disk, int depth)
    {
        var sectors = (disk.CapacityBytes / 512).ToString(CultureInfo.InvariantCulture);
        var (type, extent) = depth > 0 && disk.TakesSnapshots
            ? ("seSparse", $"RW {sectors} SESPARSE \"{FileName(disk.BaseName)}-{depth:D6}-sesparse.vmdk\"")
            : disk.ObjectId is { } id
                ? ("vmfs", $"RW {sectors} VMFS \"vsan://{id}\"")
                : disk.Source.Backing switch
                {
                    EstateBacking.RdmPhysical => ("vmfsPassthroughRawDeviceMap", $"RW {sectors} VMFSRDM \"{FileName(disk.FlatName)}\""),
                    EstateBacking.RdmVirtual => ("vmfsRawDeviceMap", $"RW {sectors} VMFSRDM \"{FileName(disk.FlatName)}\""),
                    _ => ("vmfs", $"RW {sectors} VMFS \"{FileName(disk.FlatName)}\""),
                };
        var parent = depth > 0 && disk.TakesSnapshots ? StableBytes.Hex($"content/{disk.Uuid}/{depth - 1}", 8) : "ffffffff";
        var hint = depth > 0 && disk.TakesSnapshots ? $"parentFileNameHint=\"{FileName(disk.DescriptorName(depth - 1))}\"\n" : "";
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
        {string.Join('\n', vm.Disks.Select(d => $"{d.Instance}.fileName = \"{FileName(d.DescriptorName(vm.State.Snapshots.Count))}\""))}

        """;

    private static string FileName(string path) => path[(path.LastIndexOf('/') + 1)..];
}
