using Migrate.Target.Admin;

namespace Migrate.Target.Namespaces;

/// <summary>Why a backing cannot be had, in words.</summary>
internal static class BackingFault
{
    public const string LockedCode = "target.backing-locked";

    public static TargetException Of(string path, int error) => error switch
    {
        Errno.ENOENT => new TargetException("target.backing-missing", $"The backing {path} does not exist.",
            "Put the file back or attach the device, or delete the namespace."),
        Errno.EACCES or Errno.EPERM or Errno.EROFS => new TargetException("target.backing-denied",
            $"The backing {path} may not be opened for writing: {Errno.Describe(error)}", "Give the target's user read and write access to it."),
        Errno.ENOSPC or Errno.EDQUOT or Errno.EFBIG => new TargetException("target.no-space",
            $"The file system has no room for {path}: {Errno.Describe(error)}", "Make room on the file system, or use another one."),
        Errno.EOPNOTSUPP => new TargetException("target.cannot-preallocate",
            $"The file system of {path} cannot set space aside.", "Create the namespace without preallocation, or use another file system."),
        _ => new TargetException("target.backing-failed", $"The backing {path} cannot be opened: {Errno.Describe(error)}",
            "Check the directory or device and the space of its file system."),
    };

    public static TargetException OfKind(string path) => new("target.backing-unusable",
        $"{path} is neither a file nor a block device.", "Name a file or a block device.");

    public static TargetException OfAnotherDevice(BackingPlace place, string? name) => new("target.backing-changed",
        $"{place.Path} is the device \"{name}\" now; the namespace lies on \"{place.DeviceName}\".",
        "Attach the right device under this path; names under /dev/disk/by-id stay with their devices.");

    public static TargetException OfDirect(string path, string reason) => new("target.no-direct-io",
        $"Direct I/O on {path} is not possible: {reason}.", "Create the namespace without direct I/O, or use another file system.");

    public static TargetException OfBlockSize(string path, int blockSize, int least, bool isDevice) => new("target.block-size-too-small",
        isDevice
            ? $"Blocks of {blockSize} bytes are smaller than those of {path}, which has {least}."
            : $"Blocks of {blockSize} bytes are smaller than direct I/O on {path} can write, which is {least}.",
        $"Create the namespace with blocks of {least} bytes{(isDevice ? "" : ", or without direct I/O")}.");

    /// <summary>Names the processes that have it open, as far as the kernel lets us see them.</summary>
    public static TargetException Locked(string path, HostTree host) =>
        Locked(path, Posix.StatusOf(path) is { } status ? OpenFiles.ProcessesWith(status.Id, host) : []);

    public static TargetException Locked(string path, IReadOnlyList<string> processes)
    {
        var by = processes.Count > 0 ? string.Join(", ", processes)
            : "another process or target, or by the kernel (a mount in another container, a member of a storage pool)";
        return new TargetException(LockedCode, $"The backing {path} is in use by {by}.",
            "End the domain, program or target that has it open; one disk has one writer.");
    }
}
