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

        disk = backing switch
        {
            VirtualDiskFlatVer2BackingInfo b => With(disk, DiskBacking.Flat, b.DiskMode, b.Uuid, b.ChangeId, b.ContentId, b.Sharing, b.KeyId) with
            {
                ThinProvisioned = b.ThinProvisioned ?? false,
                EagerlyZeroed = b.EagerlyScrub ?? false,
                WriteThrough = b.WriteThrough ?? false,
                DigestEnabled = b.DigestEnabled ?? false,
                DeltaFormat = b.DeltaDiskFormat,
                DeltaVariant = b.DeltaDiskFormatVariant,
                ParentFiles = Chain(b, x => x.Parent),
            },
            VirtualDiskSeSparseBackingInfo b => With(disk, DiskBacking.SeSparse, b.DiskMode, b.Uuid, b.ChangeId, b.ContentId, null, b.KeyId) with
            {
                ThinProvisioned = true,
                WriteThrough = b.WriteThrough ?? false,
                DigestEnabled = b.DigestEnabled ?? false,
                DeltaFormat = b.DeltaDiskFormat,
                ParentFiles = Chain(b, x => x.Parent),
            },
            VirtualDiskSparseVer2BackingInfo b => With(disk, DiskBacking.Sparse, b.DiskMode, b.Uuid, b.ChangeId, b.ContentId, null, b.KeyId) with
            {
                ThinProvisioned = true,
                WriteThrough = b.WriteThrough ?? false,
                ParentFiles = Chain(b, x => x.Parent),
            },
            VirtualDiskRawDiskMappingVer1BackingInfo b => With(disk, DiskBacking.RawDeviceMapping, b.DiskMode, b.Uuid, b.ChangeId, b.ContentId, b.Sharing, null) with
            {
                RdmCompatibility = b.CompatibilityMode,
                LunUuid = b.LunUuid,
                DeviceName = b.DeviceName,
                DeltaFormat = b.DeltaDiskFormat,
                ParentFiles = Chain(b, x => x.Parent),
            },
            VirtualDiskFlatVer1BackingInfo b => With(disk, DiskBacking.Flat, b.DiskMode, null, null, b.ContentId, null, null) with
            {
                WriteThrough = b.WriteThrough ?? false,
                ParentFiles = Chain(b, x => x.Parent),
            },
            VirtualDiskSparseVer1BackingInfo b => With(disk, DiskBacking.Sparse, b.DiskMode, null, null, b.ContentId, null, null) with
            {
                ThinProvisioned = true,
                WriteThrough = b.WriteThrough ?? false,
                ParentFiles = Chain(b, x => x.Parent),
            },
            VirtualDiskLocalPMemBackingInfo b => With(disk, DiskBacking.PersistentMemory, b.DiskMode, b.Uuid, null, b.ContentId, null, null),
            VirtualDiskRawDiskVer2BackingInfo b => With(disk, DiskBacking.RawDisk, null, b.Uuid, b.ChangeId, null, b.Sharing, null) with
            {
                FileName = b.DescriptorFileName ?? "",
                DeviceName = b.DeviceName,
            },
            _ => disk,
        };
        return disk with { ParentCount = disk.ParentFiles.Count };
    }

    private static VirtualDisk With(
        VirtualDisk disk, DiskBacking kind, string? mode, string? uuid, string? changeId, string? contentId, string? sharing, CryptoKeyId? key) => disk with
        {
            Backing = kind,
            DiskMode = mode ?? disk.DiskMode,
            Uuid = uuid,
            ChangeId = changeId,
            ContentId = contentId,
            Sharing = sharing ?? disk.Sharing,
            EncryptionKeyId = key?.KeyId,
            EncryptionProviderId = key?.ProviderId?.Id,
        };

    private static string[] Chain<T>(T backing, Func<T, T?> parent)
        where T : VirtualDeviceFileBackingInfo
    {
        var files = new List<string>();
        for (var next = parent(backing); next is not null; next = parent(next))
        {
            files.Add(next.FileName ?? "");
        }

        return [.. files];
    }
}
