using Migrate.Planner.Inventory;
using Migrate.Vim25;
using VirtualDisk = Migrate.Planner.Inventory.VirtualDisk;

namespace Migrate.Planner.VSphere;

/// <summary>
/// What a disk's backing says. vim25 gives every backing its own members without a common base for them, so each is
/// read by name; a backing that is unknown keeps its type name and nothing else.
/// </summary>
internal static class DiskBackings
{
    public static VirtualDisk Apply(VirtualDisk disk, VirtualDeviceBackingInfo? backing)
    {
        disk = disk with { BackingType = backing?.GetType().Name ?? "" };
        if (backing is VirtualDeviceFileBackingInfo file)
        {
            disk = disk with { FileName = file.FileName ?? "", DatastoreKey = file.Datastore?.Value, VsanObjectId = string.IsNullOrEmpty(file.BackingObjectId) ? null : file.BackingObjectId };
        }

        return backing switch
        {
            VirtualDiskFlatVer2BackingInfo b => With(disk, DiskBacking.Flat, b.DiskMode, b.Uuid, b.ChangeId, b.Sharing, b.KeyId) with
            {
                ThinProvisioned = b.ThinProvisioned ?? false,
                ParentCount = Chain(b, x => x.Parent),
            },
            VirtualDiskSeSparseBackingInfo b => With(disk, DiskBacking.SeSparse, b.DiskMode, b.Uuid, b.ChangeId, null, b.KeyId) with
            {
                ThinProvisioned = true,
                ParentCount = Chain(b, x => x.Parent),
            },
            VirtualDiskSparseVer2BackingInfo b => With(disk, DiskBacking.Sparse, b.DiskMode, b.Uuid, b.ChangeId, null, b.KeyId) with
            {
                ThinProvisioned = true,
                ParentCount = Chain(b, x => x.Parent),
            },
            VirtualDiskRawDiskMappingVer1BackingInfo b => With(disk, DiskBacking.RawDeviceMapping, b.DiskMode, b.Uuid, b.ChangeId, b.Sharing, null) with
            {
                RdmCompatibility = b.CompatibilityMode,
                LunUuid = b.LunUuid,
                ParentCount = Chain(b, x => x.Parent),
            },
            VirtualDiskFlatVer1BackingInfo b => With(disk, DiskBacking.Flat, b.DiskMode, null, null, null, null) with { ParentCount = Chain(b, x => x.Parent) },
            VirtualDiskSparseVer1BackingInfo b => With(disk, DiskBacking.Sparse, b.DiskMode, null, null, null, null) with
            {
                ThinProvisioned = true,
                ParentCount = Chain(b, x => x.Parent),
            },
            VirtualDiskLocalPMemBackingInfo b => With(disk, DiskBacking.PersistentMemory, b.DiskMode, b.Uuid, null, null, null),
            VirtualDiskRawDiskVer2BackingInfo b => With(disk, DiskBacking.RawDisk, null, b.Uuid, b.ChangeId, b.Sharing, null) with
            {
                FileName = b.DescriptorFileName ?? "",
            },
            _ => disk,
        };
    }

    private static VirtualDisk With(VirtualDisk disk, DiskBacking kind, string? mode, string? uuid, string? changeId, string? sharing, CryptoKeyId? key) => disk with
    {
        Backing = kind,
        DiskMode = mode ?? disk.DiskMode,
        Uuid = uuid,
        ChangeId = changeId,
        Sharing = sharing ?? disk.Sharing,
        EncryptionKeyId = key?.KeyId,
    };

    private static int Chain<T>(T backing, Func<T, T?> parent)
        where T : class
    {
        var count = 0;
        for (var next = parent(backing); next is not null; next = parent(next))
        {
            count++;
        }

        return count;
    }
}
