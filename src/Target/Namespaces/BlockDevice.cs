using System.Globalization;
using System.Numerics;

namespace Migrate.Target.Namespaces;

/// <summary>What sysfs says of a block device (Documentation/ABI/stable/sysfs-block).</summary>
internal sealed record BlockDevice(StorageId Id, string Directory)
{
    public static BlockDevice? Find(StorageId id, HostTree host) => host.DirectoryOf(id) is { } directory ? new BlockDevice(id, directory) : null;

    public string KernelName => Path.GetFileName(Directory);

    /// <summary>The disk of a partition; null for anything else.</summary>
    public BlockDevice? Disk => File.Exists(Path.Combine(Directory, "partition"))
        && Path.GetDirectoryName(Directory) is { } parent && StorageId.Device(HostTree.Text(parent, "dev")) is { } id
        ? new BlockDevice(id, parent)
        : null;

    public IEnumerable<BlockDevice> Partitions => HostTree.Entries(Directory)
        .Where(entry => File.Exists(Path.Combine(entry, "partition"))).Select(At).OfType<BlockDevice>();

    /// <summary>Devices that the kernel has built on this one: volumes, arrays, encryption, multipath.</summary>
    public IEnumerable<BlockDevice> Holders => HostTree.Entries(Directory, "holders").Select(At).OfType<BlockDevice>();

    /// <summary>Devices that this one is built on.</summary>
    public IEnumerable<BlockDevice> Slaves => HostTree.Entries(Directory, "slaves").Select(At).OfType<BlockDevice>();

    /// <summary>The file or device that a loop device shows; null for anything else.</summary>
    public string? LoopedPath => HostTree.Text(Directory, "loop/backing_file");

    /// <summary>Size; sysfs counts it in 512 bytes whatever the device's blocks.</summary>
    public long Bytes => long.TryParse(HostTree.Text(Directory, "size"), CultureInfo.InvariantCulture, out var sectors) ? sectors * 512 : 0;

    public int LogicalBlockSize => (int)Number("logical_block_size", 512);

    public bool HasWriteZeroes => Number("write_zeroes_max_bytes", 0) > 0;

    public bool HasDiscard => Number("discard_max_bytes", 0) > 0;

    /// <summary>Physical block or discard granularity, whichever is larger, kept to what Identify can sensibly say.</summary>
    public int PreferredBytes => (int)Math.Clamp(
        BitOperations.RoundUpToPowerOf2((ulong)Math.Max(Number("physical_block_size", 512), Number("discard_granularity", 0))), 4096, 1 << 20);

    /// <summary>
    /// What the device calls itself, so that another one under the same node is recognised: sda may be another disk after the
    /// next boot. Null for a device that has no name of its own.
    /// </summary>
    public string? Name
    {
        get
        {
            if (Disk is { } disk)
            {
                return disk.Name is { } name ? $"{name} partition {HostTree.Text(Directory, "partition")}" : null;
            }

            string[] attributes = ["dm/uuid", "md/uuid", "wwid", "device/wwid", "serial", "device/serial", "loop/backing_file"];
            return attributes.Select(attribute => HostTree.Text(Directory, attribute)).FirstOrDefault(text => text is not null);
        }
    }

    /// <summary>For messages: sda1, volume vg-data (dm-3), array md0.</summary>
    public string Description => HostTree.Text(Directory, "dm/name") is { } volume ? $"volume {volume} ({KernelName})"
        : System.IO.Directory.Exists(Path.Combine(Directory, "md")) ? $"array {KernelName}" : KernelName;

    private static BlockDevice? At(string path)
    {
        var entry = new DirectoryInfo(path);
        var directory = entry.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? entry.FullName;
        return StorageId.Device(HostTree.Text(directory, "dev")) is { } id ? new BlockDevice(id, directory) : null;
    }

    // A partition has no queue of its own.
    private long Number(string attribute, long otherwise) =>
        long.TryParse(HostTree.Text(Disk?.Directory ?? Directory, "queue", attribute), CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
