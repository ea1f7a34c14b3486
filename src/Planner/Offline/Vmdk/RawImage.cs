using Migrate.Planner.Inventory;

namespace Migrate.Planner.Offline.Vmdk;

/// <summary>
/// A disk without any format around it. Nothing in such a file says that it is one, so that only its name can: "…-flat.vmdk" is the data
/// of a VMDK whose descriptor is named or was lost, the others are what programs call their raw images.
/// </summary>
internal sealed record RawImage(long Offset, long Bytes)
{
    public const string Type = "raw";
    private const int SectorBytes = 512;
    private static readonly string[] Endings = ["-flat.vmdk", ".raw", ".img"];

    /// <summary>Null when it is none by its name, is empty or ends inside of a sector.</summary>
    public static RawImage? Of(string path) => Of(path, 0, new FileInfo(path).Length);

    /// <param name="name">Of the file, or of the member of an archive.</param>
    /// <param name="offset">Where it begins in the file that holds it.</param>
    /// <param name="bytes">Its length.</param>
    public static RawImage? Of(string name, long offset, long bytes) =>
        bytes > 0 && bytes % SectorBytes == 0 && Endings.Any(e => name.EndsWith(e, StringComparison.OrdinalIgnoreCase)) ? new RawImage(offset, bytes) : null;

    public VirtualDisk Fill(VirtualDisk disk, string path) => disk with
    {
        CapacityBytes = Bytes,
        Backing = DiskBacking.Flat,
        BackingType = Type,
        LocalFile = new LocalDiskFile(path, Offset, Bytes),
        LocalFiles = [LocalFileState.Of(path)],
    };
}
