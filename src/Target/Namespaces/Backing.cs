using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Migrate.Target.Admin;

namespace Migrate.Target.Namespaces;

/// <summary>
/// A sparse file as storage, locked for this process alone while it is open. The calls block, which is the fast way for a
/// file in the page cache, and return 0 or an errno: the caller answers the host with it.
/// </summary>
internal sealed unsafe class Backing : IDisposable
{
    private readonly Lock _flushing = new();
    private volatile int _flushError;

    private Backing(SafeFileHandle handle) => Handle = handle;

    /// <summary>For I/O that does not go through this class. It stays open until <see cref="Dispose"/>.</summary>
    public SafeFileHandle Handle { get; }

    /// <summary>True when I/O goes past the page cache, for which it must keep to <see cref="Alignment"/>.</summary>
    public bool IsDirect { get; }

    /// <summary>What I/O on <see cref="Handle"/> must be a multiple of: address, length and offset. <see cref="Read"/> and <see cref="Write"/> take any.</summary>
    public int Alignment { get; } = 1;

    /// <summary>Opens and locks; creates the file when <paramref name="createWith"/> gives it a size.</summary>
    /// <exception cref="TargetException">Missing, locked or not usable.</exception>
    public static Backing Open(string path, long? createWith)
    {
        SafeFileHandle? file = null;
        try
        {
            // FileShare.None takes flock's exclusive lock; Posix adds the kind of lock that QEMU looks at.
            file = File.OpenHandle(path, createWith is null ? FileMode.Open : FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            if (!Posix.TryLockExclusively(file))
            {
                throw Locked(path, null);
            }

            var backing = new Backing(file);
            if (createWith is { } size && backing.SetLength(size) is not 0 and var error)
            {
                throw new IOException(Marshal.GetPInvokeErrorMessage(error));
            }

            return backing;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or TargetException)
        {
            file?.Dispose();
            throw e switch
            {
                TargetException => e,
                FileNotFoundException => new TargetException("target.backing-missing", $"The backing file {path} does not exist.",
                    "Put the file back, or delete the namespace.", e),
                UnauthorizedAccessException => new TargetException("target.backing-denied", $"The backing file {path} may not be opened: {e.Message}",
                    "Give the target's user read and write access to the file.", e),
                IOException when Path.Exists(path) && createWith is null => Locked(path, e),
                _ => new TargetException("target.backing-failed", $"The backing file {path} cannot be opened: {e.Message}",
                    "Check the directory and the space of its file system.", e),
            };
        }
    }

    public long Length => RandomAccess.GetLength(Handle);

    /// <summary>Gives the file another length, for good; what is added reads as zeroes.</summary>
    public int SetLength(long length)
    {
        while (Posix.Truncate(Handle, length) != 0)
        {
            if (Marshal.GetLastPInvokeError() is var error and not Posix.EINTR)
            {
                return error;
            }
        }

        return Flush();
    }

    public int Read(Span<byte> buffer, long offset)
    {
        fixed (byte* start = buffer)
        {
            var done = 0;
            while (done < buffer.Length)
            {
                var count = Posix.Read(Handle, start + done, buffer.Length - done, offset + done);
                if (count > 0)
                {
                    done += (int)count;
                }
                else if (count == 0)
                {
                    // The file ends before the namespace does: somebody cut it. Old buffer content must not pass as data.
                    return Posix.EIO;
                }
                else if (Marshal.GetLastPInvokeError() is var error and not Posix.EINTR)
                {
                    return error;
                }
            }
        }

        return 0;
    }

    public int Write(ReadOnlySpan<byte> buffer, long offset)
    {
        fixed (byte* start = buffer)
        {
            var done = 0;
            while (done < buffer.Length)
            {
                var count = Posix.Write(Handle, start + done, buffer.Length - done, offset + done);
                if (count > 0)
                {
                    done += (int)count;
                }
                else if (count == 0)
                {
                    return Posix.EIO;
                }
                else if (Marshal.GetLastPInvokeError() is var error and not Posix.EINTR)
                {
                    return error;
                }
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
                error = Marshal.GetLastPInvokeError() is var failed and not Posix.EINTR ? failed : 0;
            }

            return Flushed(error);
        }
    }

    /// <summary>The failure that every flush has to answer with from now on; 0 while none has failed.</summary>
    public int FlushError => _flushError;

    /// <summary>Takes the outcome of an fdatasync, also of one that did not go through <see cref="Flush"/>; returns what to answer.</summary>
    public int Flushed(int error)
    {
        if (error != 0 && _flushError == 0)
        {
            _flushError = error;
        }

        return _flushError;
    }

    /// <summary>Makes the range read as zeroes and gives its blocks back to the file system.</summary>
    public int PunchHole(long offset, long length)
    {
        while (Posix.Allocate(Handle, Posix.PunchHole | Posix.KeepSize, offset, length) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error != Posix.EINTR)
            {
                return error;
            }
        }

        return 0;
    }

    /// <summary>Makes the range read as zeroes, by writing them where the file system knows no holes.</summary>
    public int WriteZeroes(long offset, long length)
    {
        var error = PunchHole(offset, length);
        if (error != Posix.EOPNOTSUPP)
        {
            return error;
        }

        error = 0;
        for (long done = 0; done < length && error == 0; done += Zeroes.Length)
        {
            error = Write(Zeroes.AsSpan(0, (int)Math.Min(Zeroes.Length, length - done)), offset + done);
        }

        return error;
    }

    public void Dispose() => Handle.Dispose();

    private static readonly byte[] Zeroes = new byte[256 * 1024];

    private static TargetException Locked(string path, Exception? inner) => new("target.backing-locked",
        $"The backing file {path} is in use by another process or target.",
        "End the domain, program or target that has it open; one disk has one writer.", inner);
}
