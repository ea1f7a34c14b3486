using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Migrate.Target.Namespaces;

/// <summary>
/// The few calls of the C library that .NET does not offer, or offers only with an exception per error: the I/O path wants
/// errno. All return 0 or a count, or -1 with errno in the last P/Invoke error.
/// </summary>
internal static unsafe partial class Posix
{
    public const int EIO = 5;
    public const int EINTR = 4;
    public const int EFBIG = 27;
    public const int ENOSPC = 28;
    public const int EDQUOT = 122;
    public const int EOPNOTSUPP = 95;

    public const int KeepSize = 1;
    public const int PunchHole = 2;

    private const int SetOpenFileLock = 37;
    private const short WriteLock = 1;

    [LibraryImport("libc", EntryPoint = "pread64", SetLastError = true)]
    public static partial nint Read(SafeFileHandle file, byte* buffer, nint count, long offset);

    [LibraryImport("libc", EntryPoint = "pwrite64", SetLastError = true)]
    public static partial nint Write(SafeFileHandle file, byte* buffer, nint count, long offset);

    [LibraryImport("libc", EntryPoint = "fallocate64", SetLastError = true)]
    public static partial int Allocate(SafeFileHandle file, int mode, long offset, long length);

    [LibraryImport("libc", EntryPoint = "ftruncate64", SetLastError = true)]
    public static partial int Truncate(SafeFileHandle file, long length);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int SyncData(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(int directory, string path, int flags, uint mask, byte* result);

    [LibraryImport("libc", EntryPoint = "open64", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fcntl64", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, int command, byte* argument);

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

    /// <summary>Makes a rename in the directory durable; .NET opens no directories.</summary>
    public static void SyncDirectory(string path)
    {
        const int readOnly = 0;
        var descriptor = Open(path, readOnly);
        if (descriptor >= 0)
        {
            using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
            _ = SyncData(handle); // file systems that cannot sync directories keep renames in order themselves
        }
    }

    /// <summary>Bytes that the file system has allocated for the file; -1 when it cannot be asked.</summary>
    public static long AllocatedBytes(string path)
    {
        const int currentDirectory = -100;
        const uint wantBlocks = 0x400;
        var result = stackalloc byte[256];
        return Stat(currentDirectory, path, 0, wantBlocks, result) == 0 ? *(long*)(result + 48) * 512 : -1;
    }
}
