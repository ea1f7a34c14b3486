using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Migrate.Planner;

namespace Migrate.Executor.Sources;

/// <summary>What a path may name.</summary>
internal enum FileKinds
{
    Regular,

    /// <summary>A disk of this machine as well, because the operator named it.</summary>
    RegularOrBlockDevice,
}

/// <summary>
/// Opens files whose names came from elsewhere. Opening a FIFO waits for a writer that never comes, and opening some devices does something:
/// so nothing waits here, and what was opened is looked at before it is used.
/// </summary>
internal static partial class FileKind
{
    private const int ReadOnly = 0;
    private const int NonBlocking = 0x800; // O_NONBLOCK of Linux on x86, ARM, POWER, s390 and RISC-V; files and disks do not care.
    private const int CloseOnExec = 0x80000;
    private const int EmptyPath = 0x1000; // AT_EMPTY_PATH: the descriptor itself.
    private const uint TypeWanted = 1; // STATX_TYPE
    private const int ModeAt = 28; // stx_mode in struct statx, which is the same on all machines.
    private const int TypeMask = 0xF000;
    private const int RegularFile = 0x8000;
    private const int BlockDevice = 0x6000;

    /// <exception cref="MigrateException">source.not-a-file.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static SafeFileHandle Open(string path, FileKinds kinds)
    {
        var descriptor = OpenFile(path, ReadOnly | NonBlocking | CloseOnExec);
        if (descriptor < 0)
        {
            throw new IOException(Marshal.GetLastPInvokeErrorMessage());
        }
        var file = new SafeFileHandle(descriptor, ownsHandle: true);
        Span<byte> status = stackalloc byte[256];
        if (Statx(file, "", EmptyPath, TypeWanted, status) != 0)
        {
            var cause = Marshal.GetLastPInvokeErrorMessage();
            file.Dispose();
            throw new IOException(cause);
        }
        var type = BitConverter.ToUInt16(status[ModeAt..]) & TypeMask;
        if (type == RegularFile || (type == BlockDevice && kinds == FileKinds.RegularOrBlockDevice))
        {
            return file;
        }
        file.Dispose();
        throw new MigrateException("source.not-a-file", $"{path} is {NameOf(type)} and not a file.",
            kinds == FileKinds.Regular ? "Name files only; a VMDK that stands for a device has no data of its own." : "Name a file or a block device.");
    }

    private static string NameOf(int type) => type switch
    {
        0x1000 => "a FIFO",
        0x2000 => "a character device",
        0x4000 => "a directory",
        BlockDevice => "a block device",
        0xC000 => "a socket",
        _ => "something unknown",
    };

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(SafeFileHandle directory, string path, int flags, uint mask, Span<byte> status);
}
