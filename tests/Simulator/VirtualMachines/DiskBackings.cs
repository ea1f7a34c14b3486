using Migrate.Simulator.Disks;
using Migrate.Simulator.Estates;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.VirtualMachines;

/// <summary>How each disk is stored: the current file on top, its parents down to the base below it.</summary>
internal sealed class DiskBackings(VirtualMachine vm, VmState state)
{
    public DataObject Of(VmDisk disk)
    {
        var layers = state.At?.LayerOf(disk) is { } frozen ? disk.Chain.ChainOf(frozen) : disk.Chain.Layers;
        return Link(disk, layers, layers.Count - 1);
    }

    private DataObject Link(VmDisk disk, IReadOnlyList<DiskLayer> layers, int index)
    {
        var depth = layers[index].Number;
        var backing = new DataObject(disk.Source.Backing switch
        {
            EstateBacking.SeSparse => "VirtualDiskSeSparseBackingInfo",
            EstateBacking.Sparse => "VirtualDiskSparseVer2BackingInfo",
            EstateBacking.RdmPhysical or EstateBacking.RdmVirtual => "VirtualDiskRawDiskMappingVer1BackingInfo",
            _ => "VirtualDiskFlatVer2BackingInfo",
        });
        backing["fileName"] = $"[{disk.Datastore.Name}] {disk.DescriptorName(layers[index])}";
        backing["datastore"] = disk.Datastore.Ref;
        backing["backingObjectId"] = disk.ObjectId is null ? "" : depth == 0 ? disk.ObjectId : StableBytes.Uuid($"{disk.ObjectId}/{depth}").ToString();
        backing["diskMode"] = disk.Source.Mode;
        backing["uuid"] = disk.Uuid;
        backing["contentId"] = StableBytes.Hex($"content/{disk.Uuid}/{depth}", 32);
        backing["changeId"] = index < layers.Count - 1 || state.At is not null ? ChangeIdAt(disk, layers[index]) : disk.Tracking?.ChangeId;
        backing["parent"] = index > 0 ? Link(disk, layers, index - 1) : null;
        switch (backing.Type.Name)
        {
            case "VirtualDiskFlatVer2BackingInfo":
                Flat(disk, depth, backing);
                break;
            case "VirtualDiskRawDiskMappingVer1BackingInfo":
                backing["lunUuid"] = disk.RawDevice!.Uuid;
                backing["deviceName"] = "vml." + disk.RawDevice.Uuid;
                backing["compatibilityMode"] = disk.Source.Backing == EstateBacking.RdmPhysical ? "physicalMode" : "virtualMode";
                backing["sharing"] = Sharing(disk);
                break;
            case "VirtualDiskSeSparseBackingInfo":
                backing["deltaDiskFormat"] = depth > 0 ? "seSparseFormat" : null;
                backing["grainSize"] = 8;
                backing["keyId"] = KeyOf(disk);
                break;
            default:
                backing["keyId"] = KeyOf(disk);
                break;
        }

        return backing;
    }

    /// <summary>Of the snapshot that froze this file; a file below it that no snapshot stands for has none.</summary>
    private string? ChangeIdAt(VmDisk disk, DiskLayer layer) =>
        state.Snapshots.Append(state.At).OfType<SnapshotObject>().FirstOrDefault(s => s.LayerOf(disk) == layer)?.ChangeIdOf(disk);

    private void Flat(VmDisk disk, int depth, DataObject backing)
    {
        backing["split"] = false;
        backing["writeThrough"] = false;
        backing["thinProvisioned"] = disk.Source.Thin;
        backing["eagerlyScrub"] = disk.Source.Thin ? null : disk.Source.MultiWriter;
        backing["digestEnabled"] = false;
        backing["sharing"] = Sharing(disk);
        backing["keyId"] = KeyOf(disk);
        if (depth > 0)
        {
            backing["deltaDiskFormat"] = disk.Datastore.IsVsan ? "redoLogFormat" : "seSparseFormat";
            backing["deltaDiskFormatVariant"] = disk.Datastore.IsVsan ? "vsanSparseVariant" : null;
            backing["deltaGrainSize"] = disk.Datastore.IsVsan ? null : 8;
        }
    }

    private static string Sharing(VmDisk disk) => disk.Source.MultiWriter ? "sharingMultiWriter" : "sharingNone";

    private DataObject? KeyOf(VmDisk disk) => (disk.Source.KeyId ?? vm.Source.KeyId) is { } key ? VmConfig.Key(key) : null;
}
