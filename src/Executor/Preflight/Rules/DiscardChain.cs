using Migrate.Planner.Concerns;

namespace Migrate.Executor.Preflight.Rules;

internal sealed class DiscardChain : IPreflightRule
{
    public string Id => "kvm.discard";

    public string Label => "Discards do not reach the storage";

    public string Finds => "Warning when the file system under the disks cannot free parts of a file, Information when the device under it takes no discards.";

    public string Assessment => "What a guest deletes is to be freed on its way down: guest, QEMU (discard=unmap), file, file system, device. Where the chain breaks, disks only ever grow.";

    public string Remedy => "Keep the disks on ext4, XFS, Btrfs or ZFS; for the device, look at its discard support (lsblk -D) and at lvm.conf or crypttab in between.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "Linux, fallocate(2): FALLOC_FL_PUNCH_HOLE; /sys/block/*/queue/discard_max_bytes";

    public IEnumerable<Concern> Judge(PreflightContext context)
    {
        foreach (var place in Places.Of(context))
        {
            if (place.Mount is { } mount && !Punching.Contains(mount.FileSystem))
            {
                yield return this.Find(ConcernSeverity.Warning, place.Path, $"{place.Path} on {context.Host} lies on {mount.FileSystem}, where no part of a file can be freed.");
            }
            else if (place.Device is { DiscardMaxBytes: 0 } device)
            {
                yield return this.Find(ConcernSeverity.Information, place.Path, $"{place.Path} on {context.Host} lies on {device.Path}, which takes no discards: files shrink, the storage under them does not.");
            }
        }
    }

    private static readonly string[] Punching = ["ext4", "xfs", "btrfs", "tmpfs", "zfs", "f2fs", "bcachefs", "ocfs2", "gfs2", "nfs4", "ceph", "overlay"];
}
