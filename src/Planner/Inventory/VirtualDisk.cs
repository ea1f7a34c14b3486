using System.Globalization;

namespace Migrate.Planner.Inventory;

/// <summary>How a virtual disk is stored; decides which readers can read it.</summary>
public enum DiskBacking
{
    Unknown,
    Flat,
    SeSparse,
    Sparse,
    RawDeviceMapping,
    RawDisk,
    PersistentMemory,
}

public sealed record VirtualDisk
{
    /// <summary>Device key inside its VM, e.g. 2000.</summary>
    public required int Key { get; init; }
    public required string Label { get; init; }
    public required long CapacityBytes { get; init; }
    public int ControllerKey { get; init; }
    public int UnitNumber { get; init; }
    /// <summary>PerformanceManager's instance, e.g. "scsi0:0".</summary>
    public string Instance { get; init; } = "";
    /// <summary>VMware's disk UUID ("6000C29x-…"); null where the backing has none.</summary>
    public string? Uuid { get; init; }
    /// <summary>Datastore path of the descriptor, e.g. "[ds1] web01/web01.vmdk".</summary>
    public string FileName { get; init; } = "";
    public string? DatastoreKey { get; init; }
    public DiskBacking Backing { get; init; }
    /// <summary>vim25 type name of the backing, for what <see cref="Backing"/> does not know.</summary>
    public string BackingType { get; init; } = "";
    /// <summary>persistent | independent_persistent | independent_nonpersistent | nonpersistent | undoable | append.</summary>
    public string DiskMode { get; init; } = "persistent";
    /// <summary>sharingNone | sharingMultiWriter.</summary>
    public string Sharing { get; init; } = "sharingNone";
    public bool ThinProvisioned { get; init; }
    /// <summary>Every block was written with zeros when the disk was made.</summary>
    public bool EagerlyZeroed { get; init; }
    /// <summary>The host writes through to the storage before it answers.</summary>
    public bool WriteThrough { get; init; }
    /// <summary>A digest file for the host's content-based read cache lies beside the disk.</summary>
    public bool DigestEnabled { get; init; }
    /// <summary>The guest may only read.</summary>
    public bool GuestReadOnly { get; init; }
    /// <summary>native_512 | native_4k, as vSphere writes it (9.0); null when the server does not say.</summary>
    public string? Format { get; init; }
    /// <summary>Logical sectors in bytes: 4096 for a native 4K disk (9.0); null when the server does not say, which means 512.</summary>
    public int? SectorBytes { get; init; }
    /// <summary>State of change tracking: what <c>QueryChangedDiskAreas</c> asks with. Null when the disk is not tracked.</summary>
    public string? ChangeId { get; init; }
    /// <summary>The disk's own key in the .vmx (scsi0:0.ctkEnabled); null when it has none.</summary>
    public bool? ChangeTrackingKey { get; init; }
    /// <summary>Length of the parent chain: 0 when the backing is not a snapshot's delta.</summary>
    public int ParentCount { get; init; }
    /// <summary>Descriptors of the parents, nearest first. A file that another VM names, too, is a linked clone's.</summary>
    public IReadOnlyList<string> ParentFiles { get; init; } = [];
    /// <summary>redoLogFormat | seSparseFormat | nativeFormat; null when there is no parent.</summary>
    public string? DeltaFormat { get; init; }
    /// <summary>vmfsSparseVariant | vsanSparseVariant; null when there is no parent or the server does not say.</summary>
    public string? DeltaVariant { get; init; }
    /// <summary>A linked clone that the array keeps by itself (VAAI-NAS), without a parent that vSphere knows.</summary>
    public bool NativeLinkedClone { get; init; }
    /// <summary>What the disk takes with all its parents, bytes; null when the server does not say.</summary>
    public long? CommittedBytes { get; init; }
    /// <summary>The part of <see cref="CommittedBytes"/> that was written since the first snapshot.</summary>
    public long? DeltaBytes { get; init; }
    public string? RdmCompatibility { get; init; }
    public string? LunUuid { get; init; }
    /// <summary>Device of the host behind a raw mapping, e.g. "vml.0200…".</summary>
    public string? DeviceName { get; init; }
    public string? EncryptionKeyId { get; init; }
    public string? EncryptionProviderId { get; init; }
    public string? VsanObjectId { get; init; }
    /// <summary>Changes whenever the disk was written by other means than the guest; equal ids mean equal content.</summary>
    public string? ContentId { get; init; }
    /// <summary>Of the disk as a resource of its own: "1-2000" for those of a VM.</summary>
    public string? ObjectId { get; init; }
    /// <summary>Id of a first-class disk (container volumes); null otherwise.</summary>
    public string? FirstClassDiskId { get; init; }
    /// <summary>I/O filters in the disk's path (caches, replication), which are lost with the move.</summary>
    public IReadOnlyList<string> IoFilters { get; init; } = [];
    /// <summary>Reserved flash read cache in bytes; 0: none.</summary>
    public long FlashCacheBytes { get; init; }
    /// <summary>IOPS limit set in vSphere; null or -1 means none.</summary>
    public long? IopsLimit { get; init; }
    /// <summary>IOPS reserved; 0: none.</summary>
    public int IopsReservation { get; init; }
    /// <summary>low | normal | high | custom.</summary>
    public string? IopsSharesLevel { get; init; }
    public int IopsShares { get; init; }
    /// <summary>Where the disk is on the machine that serves; null for disks of a server, or when the file was not found.</summary>
    public LocalDiskFile? LocalFile { get; init; }
    /// <summary>All files of this machine that hold the disk, its parents' included, as they were; empty for disks of a server.</summary>
    public IReadOnlyList<LocalFileState> LocalFiles { get; init; } = [];
    /// <summary>Its storage policy; null when it has none or the policy service could not be asked.</summary>
    public StoragePolicy? Policy { get; init; }
}

/// <summary>
/// A VMDK on the machine that serves, or one inside of another file there (an OVA is a tar of its disks).
/// </summary>
/// <param name="Path">Absolute path of the descriptor, of the file that holds everything, or of the archive.</param>
/// <param name="Offset">Where the disk begins in that file, bytes.</param>
/// <param name="Length">Bytes from there that belong to it; null: to the end of the file.</param>
public sealed record LocalDiskFile(string Path, long Offset, long? Length);

/// <summary>What a file was like when it was looked at: another size or time means that somebody has written to it.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="ModifiedAt">When it was last written to, UTC.</param>
public sealed record LocalFileState(string Path, long Bytes, DateTime ModifiedAt)
{
    /// <exception cref="IOException">It cannot be looked at.</exception>
    public static LocalFileState Of(string path)
    {
        var file = new FileInfo(path);
        return new LocalFileState(path, file.Length, file.LastWriteTimeUtc);
    }

    /// <summary>What is different now; null when nothing is.</summary>
    public string? Difference()
    {
        try
        {
            var now = Of(Path);
            return now == this ? null : string.Create(CultureInfo.InvariantCulture, $"{Path} had {Bytes} bytes of {ModifiedAt:u} and has {now.Bytes} of {now.ModifiedAt:u}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{Path} cannot be looked at: {e.Message}";
        }
    }
}
