using Migrate.Executor.Destinations;

namespace Migrate.Executor.Domains;

/// <summary>How QEMU submits a disk's I/O: io_uring | native | threads, and why.</summary>
public sealed record AioChoice(string Io, string Why)
{
    internal Basis Basis { get; init; } = Basis.Host("kernel, qemu, libvirt");

    private static readonly string[] BlockingFileSystems = ["nfs", "nfs4", "cifs", "smb3", "fuse", "fuseblk", "9p", "virtiofs"];

    /// <summary>The first row that applies decides; io_uring where nothing speaks against it.</summary>
    public static AioChoice For(KvmHostFacts host, DiskAttachment disk)
    {
        if (disk.FileSystem is { } fileSystem && BlockingFileSystems.Contains(fileSystem))
        {
            return new("threads", $"the backing lies on {fileSystem}, where asynchronous submission blocks the submitter") { Basis = Basis.Host("fileSystem") };
        }
        if (host.Qemu < new Version(5, 0) || host.Libvirt < new Version(6, 3))
        {
            return new("native", $"io_uring needs QEMU 5.0 and libvirt 6.3; this host has QEMU {host.Qemu} and libvirt {host.Libvirt}");
        }
        if (host.Qemu is { Major: 7, Minor: 1 })
        {
            return new("native", "QEMU 7.1 can hang with io_uring and IOThreads together");
        }
        if (!host.IoUring.Usable)
        {
            return new("native", $"io_uring cannot be used: {host.IoUring.Detail}") { Basis = Basis.Host("ioUring") };
        }
        if (KernelOf(host.Kernel) is { } kernel && kernel < new Version(5, 13))
        {
            return new("native", $"io_uring of kernel {host.Kernel} has known hangs; 5.13 is the first kernel it is used on here");
        }
        if (IsEarlyEnterpriseLinux9(host.Kernel))
        {
            return new("native", $"kernel {host.Kernel} is an Enterprise Linux 9 before 9.8, whose makers do not support io_uring");
        }
        if (disk.Rotational == true)
        {
            return new("native", "the media rotates: its seek time hides what io_uring saves") { Basis = Basis.Host("rotational") };
        }
        if (disk.IsBlockDevice && IsZvol(disk.Path))
        {
            return new("native", "the device is a local ZFS volume, where io_uring has known hangs");
        }
        if (disk.IsBlockDevice && IsDeviceMapper(disk.Path))
        {
            return new("native", "the device is an LVM volume, where io_uring has known hangs");
        }
        var young = KernelOf(host.Kernel) is { } release && release < new Version(5, 15) ? "; 5.15 is the first long-term kernel without known faults in it, an update is due" : "";
        return new("io_uring", $"flash or unknown media, and io_uring works: {host.IoUring.Detail}{young}") { Basis = Basis.Host("ioUring, rotational") };
    }

    /// <summary>The numbers at the start of what uname prints; null for a host whose kernel is not known.</summary>
    internal static Version? KernelOf(string? release)
    {
        var numbers = (release ?? "").Split('-', '+', '~')[0].Split('.');
        return numbers.Length >= 2 && int.TryParse(numbers[0], out var major) && int.TryParse(numbers[1], out var minor) ? new Version(major, minor) : null;
    }

    /// <summary>RHEL, Alma and Rocky have their minor release in the kernel's: 5.14.0-503.el9_5.x86_64.</summary>
    private static bool IsEarlyEnterpriseLinux9(string? release) =>
        release?.Split(".el9_", 2) is [_, var minor] && int.TryParse(minor.Split('.')[0], out var number) && number < 8;

    private static bool IsZvol(string path) => path.StartsWith("/dev/zvol/", StringComparison.Ordinal) || path.StartsWith("/dev/zd", StringComparison.Ordinal);

    private static bool IsDeviceMapper(string path) => path.StartsWith("/dev/mapper/", StringComparison.Ordinal) || path.StartsWith("/dev/dm-", StringComparison.Ordinal);
}
