namespace Migrate.Target.Admin;

/// <summary>A namespace to create.</summary>
/// <param name="Uuid">Its identity for good: hosts see <c>/dev/disk/by-id/nvme-uuid.&lt;uuid&gt;</c>. NGUID holds the same 16 bytes.</param>
/// <param name="CapacityBytes">Size in bytes, a multiple of <paramref name="BlockSize"/>. 0 takes all of what is at <see cref="BackingPath"/>.</param>
/// <param name="BlockSize">Bytes per logical block: 512 or 4096, and no smaller than the blocks of a device under it.</param>
public sealed record NamespaceSpec(Guid Uuid, long CapacityBytes, int BlockSize = 512)
{
    /// <summary>NQN of the subsystem to create it in; null for the default one.</summary>
    public string? SubsystemNqn { get; init; }

    /// <summary>Its number in the subsystem, 1 to 1024; null for the next free one.</summary>
    public uint? Nsid { get; init; }

    /// <summary>Its ANA group, 1 to 32, for good: namespaces that change their paths together are one group.</summary>
    public uint AnaGroup { get; init; } = 1;

    /// <summary>
    /// File or block device to use: a block device or a file with content as it is, an absent or empty file is made with this
    /// size. Null makes a sparse file in the target's directory.
    /// </summary>
    public string? BackingPath { get; init; }

    /// <summary>I/O past the page cache (O_DIRECT) or through it; null: past it for block devices, through it for files.</summary>
    public bool? Direct { get; init; }

    /// <summary>
    /// Has the file system set aside all blocks of a new file at once, so that it cannot run out of space later. Such a
    /// namespace gives no blocks back when a host deallocates them.
    /// </summary>
    public bool Preallocate { get; init; }
}
