using Migrate.Simulator.Inventory;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.VirtualMachines;

/// <summary>layoutEx and storage: which files make up the VM and what they take.</summary>
internal static class VmFiles
{
    public static long Committed(IEnumerable<VmDisk> disks) =>
        disks.Sum(d => d.IsRdm ? 0 : d.Source.Thin ? (long)(d.CapacityBytes * (1 - d.Source.ZeroShare)) : d.CapacityBytes);

    public static DataObject LayoutEx(Vcenter vcenter, VirtualMachine vm)
    {
        var files = new List<DataObject>();
        var disks = new List<DataObject>();
        Add(vm.VmPathName, "config", 4096);
        Add($"[{vm.Home.Name}] {vm.Name}/{vm.Name}.nvram", "nvram", 8684);
        foreach (var disk in vm.Disks)
        {
            var chain = new List<DataObject>();
            foreach (var layer in disk.Chain.All)
            {
                var keys = new List<int> { Add($"[{disk.Datastore.Name}] {disk.DescriptorName(layer)}", "diskDescriptor", 580) };
                if (disk.ObjectId is null)
                {
                    keys.Add(layer.Number == 0
                        ? Add($"[{disk.Datastore.Name}] {disk.FlatName}", "diskExtent", Committed([disk]))
                        : Add($"[{disk.Datastore.Name}] {disk.BaseName}-{layer.Number:D6}-sesparse.vmdk", "diskExtent", layer.Writes.Bytes));
                }

                chain.Add(DataObject.Of("VirtualMachineFileLayoutExDiskUnit", ("fileKey", keys)));
            }

            disks.Add(DataObject.Of("VirtualMachineFileLayoutExDiskLayout", ("key", disk.Key), ("chain", chain)));
        }

        return DataObject.Of("VirtualMachineFileLayoutEx", ("file", files), ("disk", disks), ("timestamp", vcenter.Now));

        int Add(string name, string type, long size)
        {
            files.Add(DataObject.Of("VirtualMachineFileLayoutExFileInfo", ("key", files.Count), ("name", name), ("type", type), ("size", size), ("uniqueSize", size), ("accessible", true)));
            return files.Count - 1;
        }
    }

    public static DataObject Storage(Vcenter vcenter, VirtualMachine vm) => DataObject.Of(
        "VirtualMachineStorageInfo",
        ("perDatastoreUsage", vm.Datastores.Select(datastore =>
        {
            var disks = vm.Disks.Where(d => d.Datastore == datastore).ToList();
            var committed = Committed(disks);
            return DataObject.Of(
                "VirtualMachineUsageOnDatastore",
                ("datastore", datastore.Ref),
                ("committed", committed),
                ("uncommitted", disks.Sum(d => d.CapacityBytes) - committed),
                ("unshared", committed));
        }).ToList()),
        ("timestamp", vcenter.Now));
}
