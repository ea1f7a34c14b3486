using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Migrate.Target.Namespaces;

/// <summary>
/// The few calls of the C library that .NET does not offer, or offers only with an exception per error: the I/O path wants
/// errno. All return 0 or a count, or -1 with errno in the last P/Invoke error.
/// </summary>
internal static unsafe partial class Posix
{
    public const int KeepSize = 1;
    public const int PunchHole = 2;
    public const int ZeroRange = 16;

    public const int ReadOnly = 0;
    public const int ReadWrite = 2;
    public const int Create = 0x40;
    public const int Exclusive = 0x80;
    public const int CloseOnExec = 0x80000;

    /// <summary>O_DIRECT is one of the few flags whose value depends on the processor.</summary>
    public static readonly int Direct = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x10000 : 0x4000;

    /// <summary>RWF_NOWAIT: fail with EAGAIN instead of waiting for a device.</summary>
    public const int NoWait = 8;

    private const int SetOpenFileLock = 37;
    private const short WriteLock = 1;
    private const int LockExclusively = 2;
    private const int DoNotWait = 4;
    private const int FromEnd = 2;
    private const int FromNextData = 3;
    private const int FromNextHole = 4;
    private const int NextData = 3;
    private const int CurrentDirectory = -100;
    private const int OfTheHandle = 0x1000; // AT_EMPTY_PATH
    private const nuint DiscardBlocks = 0x1277; // BLKDISCARD

    [LibraryImport("libc", EntryPoint = "pread64", SetLastError = true)]
    public static partial nint Read(SafeFileHandle file, byte* buffer, nint count, long offset);

    [LibraryImport("libc", EntryPoint = "pwrite64", SetLastError = true)]
    public static partial nint Write(SafeFileHandle file, byte* buffer, nint count, long offset);

    [LibraryImport("libc", EntryPoint = "preadv64v2", SetLastError = true)]
    public static partial nint ReadVector(SafeFileHandle file, IoVector* vectors, int count, long offset, int flags);

    [LibraryImport("libc", EntryPoint = "fallocate64", SetLastError = true)]
    public static partial int Allocate(SafeFileHandle file, int mode, long offset, long length);

    [LibraryImport("libc", EntryPoint = "posix_fadvise64")]
    private static partial int Advise(SafeFileHandle file, long offset, long length, int advice);

    [LibraryImport("libc", EntryPoint = "ftruncate64", SetLastError = true)]
    public static partial int Truncate(SafeFileHandle file, long length);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int SyncData(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Lock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "lseek64", SetLastError = true)]
    private static partial long Seek(SafeFileHandle file, long offset, int from);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(int directory, string path, int flags, uint mask, byte* result);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(SafeFileHandle file, string path, int flags, uint mask, byte* result);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint CacheStat(nint number, SafeFileHandle file, long* range, long* counts, uint flags);

    [LibraryImport("libc", EntryPoint = "fstatfs64", SetLastError = true)]
    private static partial int StatFileSystem(SafeFileHandle file, byte* result);

    [LibraryImport("libc", EntryPoint = "open64", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "fcntl64", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, int command, byte* argument);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int ControlDevice(SafeFileHandle file, nuint request, void* argument);

    /// <summary>Opens; null with the error where that fails. What it creates has the mode that .NET's files have, too.</summary>
    public static SafeFileHandle? Open(string path, int flags, out int error)
    {
        const int readAndWriteForAll = 0x1B6; // 0666, less the process's umask
        var descriptor = OpenFile(path, flags | CloseOnExec, readAndWriteForAll);
        error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>Has the page cache let go of the range as far as it is on stable media already.</summary>
    public static void DropCache(SafeFileHandle file, long offset, long length)
    {
        const int dontNeed = 4;
        _ = Advise(file, offset, length, dontNeed); // only an advice: where it is not taken, nothing is lost
    }

    /// <summary>The end of a file or of a block device, or -1.</summary>
    public static long Length(SafeFileHandle file) => Seek(file, 0, FromEnd);

    /// <summary>Where data begins, at or behind the offset; -1 with <see cref="Errno.ENXIO"/> when none does.</summary>
    public static long SeekData(SafeFileHandle file, long offset) => Seek(file, offset, FromNextData);

    public static long SeekHole(SafeFileHandle file, long offset) => Seek(file, offset, FromNextHole);

    /// <summary>True when nothing was ever written to the file, though blocks may be set aside for it.</summary>
    public static bool HasNoData(string path)
    {
        using var file = Open(path, ReadOnly, out _);
        return file is not null && Seek(file, 0, NextData) < 0 && Marshal.GetLastPInvokeError() == Errno.ENXIO;
    }

    /// <summary>Tells a block device that the range's content is not needed; what it reads as then is the device's affair.</summary>
    public static int Discard(SafeFileHandle device, long offset, long length)
    {
        var range = stackalloc long[] { offset, length };
        return ControlDevice(device, DiscardBlocks, range);
    }

    /// <summary>flock, which .NET and the programs of util-linux look at.</summary>
    public static bool TryLockWhole(SafeFileHandle file) => Lock(file, LockExclusively | DoNotWait) == 0;

    /// <summary>
    /// Locks the whole file for its open file description (F_OFD_SETLK). QEMU uses locks of this kind on its images, so that
    /// it and the target keep each other out.
    /// </summary>
    public static bool TryLockExclusively(SafeFileHandle file)
    {
        // struct flock: short type, short whence, long start, long length (0: to the end), int pid.
        var request = stackalloc byte[32];
        new Span<byte>(request, 32).Clear();
        *(short*)request = WriteLock;
        return Control(file, SetOpenFileLock, request) == 0;
    }

    /// <summary>True when the page cache has all pages of the range (cachestat, Linux 6.5); false where nobody can tell.</summary>
    public static bool IsCached(SafeFileHandle file, long offset, int length)
    {
        const nint cacheStat = 451;
        var range = stackalloc long[] { offset, length };
        var counts = stackalloc long[5]; // cached, dirty, under write-back, evicted, recently evicted
        var pages = ((offset + length - 1) / Environment.SystemPageSize) - (offset / Environment.SystemPageSize) + 1;
        return CacheStat(cacheStat, file, range, counts, 0) == 0 && counts[0] == pages;
    }

    /// <summary>True for a file of tmpfs or ramfs: no access to it waits for a device.</summary>
    public static bool IsInMemory(SafeFileHandle file)
    {
        const long tmpfs = 0x01021994;
        const long ramfs = 0x858458F6;
        var result = stackalloc byte[256];
        return StatFileSystem(file, result) == 0 && *(long*)result is tmpfs or ramfs; // f_type comes first
    }

    /// <summary>Makes a rename in the directory durable; .NET opens no directories.</summary>
    public static void SyncDirectory(string path)
    {
        using var handle = Open(path, ReadOnly, out _);
        _ = handle is null ? 0 : SyncData(handle); // file systems that cannot sync directories keep renames in order themselves
    }

    /// <summary>What is at the path, links followed; null where nothing can be seen.</summary>
    public static FileStatus? StatusOf(string path)
    {
        var result = stackalloc byte[FileStatus.Size];
        return Stat(CurrentDirectory, path, 0, FileStatus.Wanted, result) == 0 ? FileStatus.Read(result) : null;
    }

    /// <summary>What the handle is open on.</summary>
    public static FileStatus? StatusOf(SafeFileHandle file)
    {
        var result = stackalloc byte[FileStatus.Size];
        return Stat(file, "", OfTheHandle, FileStatus.Wanted, result) == 0 ? FileStatus.Read(result) : null;
    }
}
