namespace Migrate.Target.Namespaces;

/// <summary>What statx says of a file or device (linux/stat.h, struct statx).</summary>
/// <param name="Mode">Type and permissions.</param>
/// <param name="Id">Which storage it is, whatever its path.</param>
/// <param name="FileSystem">The device that holds the file; of a device node, the one that holds the node.</param>
/// <param name="Links">Names of the file; 0 once it is deleted.</param>
/// <param name="Length">Bytes; 0 for devices.</param>
/// <param name="AllocatedBytes">Bytes that the file system has allocated for it.</param>
/// <param name="DirectAlignment">What direct I/O must be aligned to; 0 where the kernel does not say.</param>
internal readonly record struct FileStatus(
    ushort Mode, StorageId Id, StorageId FileSystem, uint Links, long Length, long AllocatedBytes, int DirectAlignment)
{
    public const int Size = 256;
    public const uint Wanted = 0x7FF | DirectIo;

    private const uint DirectIo = 0x2000; // STATX_DIOALIGN, Linux 6.1
    private const int TypeMask = 0xF000;

    public bool IsBlockDevice => (Mode & TypeMask) == 0x6000;

    public bool IsFile => (Mode & TypeMask) == 0x8000;

    public static unsafe FileStatus Read(byte* status)
    {
        var mode = *(ushort*)(status + 28);
        var holder = new StorageId(*(uint*)(status + 136), *(uint*)(status + 140), 0);
        var isBlockDevice = (mode & TypeMask) == 0x6000;
        return new FileStatus(
            mode,
            isBlockDevice ? new StorageId(*(uint*)(status + 128), *(uint*)(status + 132), 0) : holder with { Inode = *(ulong*)(status + 32) },
            holder,
            *(uint*)(status + 16),
            *(long*)(status + 40),
            *(long*)(status + 48) * 512,
            (*(uint*)status & DirectIo) == 0 ? 0 : (int)Math.Max(*(uint*)(status + 152), *(uint*)(status + 156)));
    }
}
