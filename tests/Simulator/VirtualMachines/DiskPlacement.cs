using Migrate.Simulator.ChangeTracking;
using Migrate.Simulator.Disks;
using Migrate.Simulator.Estates;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Storage;

namespace Migrate.Simulator.VirtualMachines;

/// <summary>Gives the disks of a VM their controllers, units, keys, names and content.</summary>
internal static class DiskPlacement
{
    private const long SyntheticBytes = 1L << 30;
    private const int ScsiControllerUnit = 7;

    public static IReadOnlyList<VmDisk> Of(EstateVm vm, Func<string, Datastore> datastore, string baseDirectory, int seed, Func<string, EstateDisk, Lun> rawDevice)
    {
        var taken = new HashSet<(string, int, int)>();
        var disks = new List<VmDisk>();
        foreach (var (source, index) in vm.Disks.Select((d, i) => (d, i)))
        {
            var family = VmDisk.Family(source.Controller);
            var unit = source.Unit ?? Enumerable.Range(0, 64).First(u => !(family == "Scsi" && u == ScsiControllerUnit) && !taken.Contains((family, source.Bus, u)));
            taken.Add((family, source.Bus, unit));
            var path = source.File is null ? null : Path.GetFullPath(Path.Combine(baseDirectory, source.File));
            var about = $"{seed}/{vm.Name}/{index}";
            var capacity = source.Capacity ?? (path is null ? SyntheticBytes : new FileInfo(path).Length);
            disks.Add(new VmDisk
            {
                Source = source,
                Datastore = datastore(source.Datastore ?? vm.Datastore!),
                Chain = new DiskChain(path is null ? new SyntheticContent(BitConverter.ToUInt64(StableBytes.Of("content/" + about)), source.ZeroShare, capacity) : new RawFileContent(path)),
                Tracking = VmDisk.CanTrack(source) ? new DiskTracking(about, active: vm.Cbt && vm.CbtSupported) : null,
                Index = index,
                Key = VmDisk.KeyOf(source.Controller, source.Bus, unit),
                ControllerKey = VmDisk.ControllerKeyOf(source.Controller, source.Bus),
                Bus = source.Bus,
                Unit = unit,
                BaseName = index == 0 ? $"{vm.Name}/{vm.Name}" : $"{vm.Name}/{vm.Name}_{index}",
                Uuid = source.Uuid ?? StableBytes.DiskUuid("disk/" + about),
                CapacityBytes = capacity,
                RawDevice = source.Backing is EstateBacking.RdmPhysical or EstateBacking.RdmVirtual ? rawDevice(about, source) : null,
            });
        }

        return disks;
    }

    /// <summary>The controllers that the estate names, and those that its disks need beyond them.</summary>
    public static IReadOnlyList<EstateController> Controllers(EstateVm vm)
    {
        var result = vm.Controllers.ToList();
        var needed = vm.Disks.Select(d => new EstateController { Kind = d.Controller, Bus = d.Bus });
        foreach (var controller in needed.Where(c => c.Kind != EstateControllerKind.Ide))
        {
            if (!result.Exists(c => VmDisk.Family(c.Kind) == VmDisk.Family(controller.Kind) && c.Bus == controller.Bus))
            {
                result.Add(controller);
            }
        }

        return result;
    }
}
