using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Migrate.Target.Namespaces;

/// <summary>
/// Reads and writes that the calling thread can do itself because no device is waited for: it has connections to serve. For
/// data in memory a hand-over to somebody else costs more than the access. <see cref="Errno.EAGAIN"/> says that it would
/// have had to wait, or might have.
/// </summary>
internal sealed unsafe class InlineAccess(SafeFileHandle file, bool isDirect)
{
    /// <summary>A write that took this long has met the kernel's brake on dirty memory, a journal or an allocation.</summary>
    private static readonly long SlowTicks = Stopwatch.Frequency / 500;

    /// <summary>For so long afterwards writes go to others.</summary>
    private static readonly long PauseTicks = Stopwatch.Frequency / 10;

    private readonly bool _isMemory = !isDirect && Posix.IsInMemory(file);
    private bool _hasNoWait = !isDirect;
    private long _writesPausedUntil;

    /// <summary>Never waits at all: tmpfs and its like.</summary>
    public bool IsMemory => _isMemory;

    /// <summary>
    /// True when all of it is in memory at this moment. The page cache also counts pages that are only being read, as for a host
    /// that reads ahead: of those the last one comes last.
    /// </summary>
    public bool IsCached(long offset, int length)
    {
        byte last;
        return _isMemory || (!isDirect && Posix.IsCached(file, offset, length) && TryRead(new Span<byte>(&last, 1), offset + length - 1) == 0);
    }

    public int TryRead(Span<byte> buffer, long offset)
    {
        fixed (byte* start = buffer)
        {
            if (_isMemory)
            {
                var count = Posix.Read(file, start, buffer.Length, offset);
                return count == buffer.Length ? 0 : Errno.EAGAIN;
            }

            if (!_hasNoWait)
            {
                return Errno.EAGAIN;
            }

            var vector = new IoVector { Base = start, Length = buffer.Length };
            var done = Posix.ReadVector(file, &vector, 1, offset, Posix.NoWait);
            if (done == buffer.Length)
            {
                return 0;
            }

            // Not in the page cache, or not all of it; every real error shows again where it is waited for.
            _hasNoWait &= done >= 0 || Marshal.GetLastPInvokeError() != Errno.EOPNOTSUPP;
            return Errno.EAGAIN;
        }
    }

    public int TryWrite(ReadOnlySpan<byte> buffer, long offset)
    {
        if (isDirect)
        {
            return Errno.EAGAIN;
        }

        fixed (byte* start = buffer)
        {
            if (_isMemory)
            {
                return Posix.Write(file, start, buffer.Length, offset) == buffer.Length ? 0 : Errno.EAGAIN;
            }

            // File systems do not offer buffered writes that never wait (ext4 refuses RWF_NOWAIT), yet such a write nearly
            // always is a copy to the page cache. Those that were not are told by the time they took.
            var began = Stopwatch.GetTimestamp();
            if (began < Volatile.Read(ref _writesPausedUntil))
            {
                return Errno.EAGAIN;
            }

            var done = Posix.Write(file, start, buffer.Length, offset);
            var ended = Stopwatch.GetTimestamp();
            if (ended - began > SlowTicks)
            {
                Volatile.Write(ref _writesPausedUntil, ended + PauseTicks);
            }

            return done == buffer.Length ? 0 : Errno.EAGAIN;
        }
    }
}

/// <summary>struct iovec.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct IoVector
{
    public byte* Base;
    public nint Length;
}
