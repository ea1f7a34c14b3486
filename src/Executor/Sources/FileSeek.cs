using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Migrate.Executor.Sources;

/// <summary>lseek(2), which knows where a file has holes and how long a block device is; .NET asks for neither.</summary>
internal static partial class FileSeek
{
    public const int End = 2;
    public const int Data = 3;
    public const int Hole = 4;

    /// <summary>ENXIO: there is no data behind the offset.</summary>
    public const int NoSuchOffset = 6;

    /// <summary>The new offset; below 0 with the cause as the last P/Invoke error.</summary>
    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    public static partial long To(SafeFileHandle file, long offset, int whence);
}
