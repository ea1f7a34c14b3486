using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Migrate.Executor.Manifests;

/// <summary>Files that are there after a power cut, too.</summary>
internal static partial class Durable
{
    /// <summary>Writes a small file and makes its bytes durable.</summary>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        file.Write(bytes);
        file.Flush(flushToDisk: true);
    }

    /// <summary>Makes the names in the directory durable; .NET opens no directories.</summary>
    /// <exception cref="IOException">It could not be done.</exception>
    public static void SyncDirectory(string path)
    {
        using var directory = Open(path) ?? throw new IOException($"The directory {path} cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}");
        // File systems that cannot sync directories keep renames in order themselves, and say EINVAL.
        const int invalid = 22;
        if (Sync(directory) != 0 && Marshal.GetLastPInvokeError() != invalid)
        {
            throw new IOException($"The directory {path} cannot be made durable: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    /// <summary>Makes what is written to a file or block device durable, whoever wrote it.</summary>
    /// <exception cref="IOException">It could not be done.</exception>
    public static void Sync(string path)
    {
        using var file = Open(path) ?? throw new IOException($"{path} cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}");
        if (Sync(file) != 0)
        {
            throw new IOException($"{path} cannot be made durable: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    /// <summary>Opens what .NET does not, a directory or a block device, for reading; null with the cause as the last P/Invoke error.</summary>
    public static SafeFileHandle? Open(string path)
    {
        const int closeOnExec = 0x80000;
        var handle = OpenFile(path, closeOnExec);
        return handle < 0 ? null : new SafeFileHandle(handle, ownsHandle: true);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(SafeFileHandle handle);
}
