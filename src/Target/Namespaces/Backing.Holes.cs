using System.Runtime.InteropServices;

namespace Migrate.Target.Namespaces;

// Blocks that nobody needs any more, and blocks of zeroes.
internal sealed partial class Backing
{
    private static readonly byte[] Zeroes = new byte[256 * 1024];

    /// <summary>Does with the range what <see cref="Deallocation"/> says.</summary>
    public int PunchHole(long offset, long length) => Deallocation switch
    {
        Deallocation.PunchHole => Allocate(Posix.PunchHole, offset, length),
        Deallocation.Discard => Discard(offset, length),
        _ => 0,
    };

    /// <summary>
    /// Makes the range read as zeroes: with a hole where that is a promise, else by what file system and device have for it
    /// (which for a device without Write Zeroes means that the kernel writes them), and only at last by writing them here.
    /// </summary>
    public int WriteZeroes(long offset, long length)
    {
        var error = Deallocation == Deallocation.PunchHole ? Allocate(Posix.PunchHole, offset, length) : Errno.EOPNOTSUPP;
        error = error == Errno.EOPNOTSUPP ? Allocate(Posix.ZeroRange, offset, length) : error;
        if (error != Errno.EOPNOTSUPP)
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

    /// <summary>
    /// The next run of bytes, at or behind the offset, that takes up storage or is about to; both the file's end when there is none. False
    /// when the storage does not tell, as devices do not.
    /// </summary>
    public bool TryFindData(long offset, out long start, out long end)
    {
        start = end = Posix.SeekData(Handle, offset);
        if (IsDevice || (start < 0 && Marshal.GetLastPInvokeError() != Errno.ENXIO))
        {
            return false;
        }

        if (start < 0)
        {
            start = end = Length;
            return true;
        }

        end = Posix.SeekHole(Handle, start);
        return end > start;
    }

    private int Allocate(int mode, long offset, long length)
    {
        while (Posix.Allocate(Handle, mode | Posix.KeepSize, offset, length) != 0)
        {
            if (Marshal.GetLastPInvokeError() is var error and not Errno.EINTR)
            {
                return error;
            }
        }

        return 0;
    }

    private int Discard(long offset, long length)
    {
        while (Posix.Discard(Handle, offset, length) != 0)
        {
            if (Marshal.GetLastPInvokeError() is var error and not Errno.EINTR)
            {
                return error;
            }
        }

        return 0;
    }
}
