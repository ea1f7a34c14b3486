using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Migrate.Target.Namespaces;

/// <summary>
/// A file or block device as storage, held by this process alone while it is open. The calls block, which is the fast way for
/// a file in the page cache, and return 0 or an errno: the caller answers the host with it.
/// </summary>
internal sealed unsafe partial class Backing : IDisposable
{
    private readonly Lock _flushing = new();
    private volatile int _flushError;
    private long _length;
    private InlineAccess? _inline;

    private Backing(SafeFileHandle handle) => Handle = handle;

    /// <summary>For I/O that does not go through this class. It stays open until <see cref="Dispose"/>.</summary>
    public SafeFileHandle Handle { get; }

    /// <summary>True when I/O goes past the page cache, for which it must keep to <see cref="Alignment"/>.</summary>
    public bool IsDirect { get; private init; }

    /// <summary>
    /// What I/O on <see cref="Handle"/> must be a multiple of: address, length and offset; never more than the namespace's
    /// block size. <see cref="Read"/> and <see cref="Write"/> take any.
    /// </summary>
    public int Alignment { get; private init; } = 1;

    /// <summary>True for a block device, false for a file.</summary>
    public bool IsDevice { get; private init; }

    /// <summary>Accesses that do not wait for a device.</summary>
    public InlineAccess Inline => _inline ??= new InlineAccess(Handle, IsDirect);

    /// <summary>True when every block of the file was set aside at its making.</summary>
    public bool IsPreallocated { get; private init; }

    /// <summary>True when blocks take up space only once they are written.</summary>
    public bool IsThin => !IsDevice && !IsPreallocated;

    public Deallocation Deallocation { get; private init; }

    /// <summary>Writes and deallocations of multiples of this, at multiples of it, cost the storage least. A power of two.</summary>
    public int PreferredBytes { get; private init; } = 4096;

    /// <summary>Bytes from its beginning to its end, as it is now.</summary>
    public long Length => Posix.Length(Handle);

    /// <summary>Gives a file another length, for good; what is added reads as zeroes. A device only gets as long as it is.</summary>
    public int SetLength(long length)
    {
        if (IsDevice)
        {
            return length <= Length ? 0 : Errno.ENOSPC;
        }

        // From the beginning: a crash may have left the file with its length and without all of its blocks.
        var error = IsPreallocated ? Call(() => Posix.Allocate(Handle, 0, 0, length)) : 0;
        error = error == 0 ? Call(() => Posix.Truncate(Handle, length)) : error;
        if (error != 0)
        {
            return error;
        }

        Volatile.Write(ref _length, length);
        return Flush();
    }

    public int Read(Span<byte> buffer, long offset)
    {
        fixed (byte* start = buffer)
        {
            return IsAligned(start, buffer.Length, offset) ? Transfer(start, buffer.Length, offset, isWrite: false) : ReadThrough(buffer, offset);
        }
    }

    public int Write(ReadOnlySpan<byte> buffer, long offset)
    {
        fixed (byte* start = buffer)
        {
            return IsAligned(start, buffer.Length, offset) ? Transfer(start, buffer.Length, offset, isWrite: true) : WriteThrough(buffer, offset);
        }
    }

    private bool IsAligned(byte* start, int length, long offset) => (((long)start | (uint)length | offset) & (Alignment - 1L)) == 0;

    private int Transfer(byte* start, int length, long offset, bool isWrite)
    {
        var done = 0;
        while (done < length)
        {
            var count = isWrite
                ? Posix.Write(Handle, start + done, length - done, offset + done)
                : Posix.Read(Handle, start + done, length - done, offset + done);
            if (count > 0)
            {
                done += (int)count;
            }
            else if (count == 0)
            {
                // The file ends before the namespace does: somebody cut it. Old buffer content must not pass as data.
                return Errno.EIO;
            }
            else if (Marshal.GetLastPInvokeError() is var error and not Errno.EINTR)
            {
                return error;
            }
        }

        return 0;
    }

    /// <summary>
    /// Makes all completed writes durable. After one failure every later flush fails too: Linux reports a failed write-back
    /// once and then forgets it, so that a second flush would claim durability for data that is gone. One at a time for the
    /// same reason: of two at once only one would hear of the failure.
    /// </summary>
    public int Flush()
    {
        lock (_flushing)
        {
            var error = FlushError;
            while (error == 0 && Posix.SyncData(Handle) != 0)
            {
                error = Marshal.GetLastPInvokeError() is var failed and not Errno.EINTR ? failed : 0;
            }

            return Flushed(error);
        }
    }

    /// <summary>The failure that every flush has to answer with from now on; 0 while none has failed.</summary>
    public int FlushError => _flushError;

    /// <summary>
    /// Takes the outcome of an fdatasync, also of one that did not go through <see cref="Flush"/>; returns what to answer. What
    /// is in a file that was deleted or cut by others will not be there after a restart, whatever fdatasync says.
    /// </summary>
    public int Flushed(int error)
    {
        if (error == 0 && !IsDevice)
        {
            error = Posix.StatusOf(Handle) switch
            {
                { Links: 0 } => Errno.ESTALE,
                { Length: var length } when length < Volatile.Read(ref _length) => Errno.EIO,
                _ => 0,
            };
        }

        if (error != 0 && _flushError == 0)
        {
            _flushError = error;
        }

        return _flushError;
    }

    public void Dispose() => Handle.Dispose();

    private static int Call(Func<int> call)
    {
        while (call() != 0)
        {
            if (Marshal.GetLastPInvokeError() is var error and not Errno.EINTR)
            {
                return error;
            }
        }

        return 0;
    }
}
