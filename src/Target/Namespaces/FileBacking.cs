using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Migrate.Target.Admin;

namespace Migrate.Target.Namespaces;

/// <summary>
/// A sparse file as storage, locked for this process alone while it is open. The calls block, which is the fast way for a
/// file in the page cache, and return 0 or an errno: the caller answers the host with it.
/// </summary>
internal sealed unsafe class FileBacking : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly Lock _flushing = new();
    private int _flushError;

    private FileBacking(SafeFileHandle file) => _file = file;

    /// <summary>Opens and locks; creates the file when <paramref name="createWith"/> gives it a size.</summary>
    /// <exception cref="TargetException">Missing, locked or not usable.</exception>
    public static FileBacking Open(string path, long? createWith)
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

            if (createWith is { } size)
            {
                RandomAccess.SetLength(file, size);
                RandomAccess.FlushToDisk(file);
            }

            return new FileBacking(file);
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

    public long Length => RandomAccess.GetLength(_file);

    public int Read(Span<byte> buffer, long offset)
    {
        fixed (byte* start = buffer)
        {
            var done = 0;
            while (done < buffer.Length)
            {
                var count = Posix.Read(_file, start + done, buffer.Length - done, offset + done);
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
                var count = Posix.Write(_file, start + done, buffer.Length - done, offset + done);
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
            while (_flushError == 0 && Posix.SyncData(_file) != 0)
            {
                var error = Marshal.GetLastPInvokeError();
                _flushError = error == Posix.EINTR ? 0 : error;
            }

            return _flushError;
        }
    }

    /// <summary>Makes the range read as zeroes and gives its blocks back to the file system.</summary>
    public int PunchHole(long offset, long length)
    {
        while (Posix.Allocate(_file, Posix.PunchHole | Posix.KeepSize, offset, length) != 0)
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

    public void Dispose() => _file.Dispose();

    private static readonly byte[] Zeroes = new byte[256 * 1024];

    private static TargetException Locked(string path, Exception? inner) => new("target.backing-locked",
        $"The backing file {path} is in use by another process or target.",
        "End the domain, program or target that has it open; one disk has one writer.", inner);
}
