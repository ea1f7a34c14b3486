using Microsoft.Win32.SafeHandles;

namespace Migrate.Target.Transport;

/// <summary>
/// Takes a piece of a file as the page cache has it and sends it, without a copy on the way: a large read costs half as much.
/// The pages go by a pipe, because only a whole piece may be announced to the host: what a direct way would find out in
/// the middle, such as a file that was cut, could not be taken back.
/// </summary>
internal sealed unsafe class FilePipe : IDisposable
{
    private const int Capacity = 1 << 20;
    private const uint NonBlocking = 2; // SPLICE_F_NONBLOCK
    private const uint More = 4; // SPLICE_F_MORE

    private readonly int _out;
    private readonly int _in;

    public FilePipe()
    {
        (_out, _in) = Linux.NewPipe();
        Linux.ResizePipe(_in, Capacity); // if it may not be so large, long pieces do not fit, and are copied
    }

    /// <summary>Bytes that wait to be sent.</summary>
    public int Length { get; private set; }

    /// <summary>False when the piece cannot be had as a whole; nothing is waiting then.</summary>
    public bool TryTake(SafeFileHandle file, long offset, int length)
    {
        var handle = (int)file.DangerousGetHandle(); // the caller's access period keeps it open
        while (Length < length && Linux.Splice(handle, &offset, _in, null, length - Length, NonBlocking) is > 0 and var count)
        {
            Length += (int)count;
        }

        if (Length == length)
        {
            return true;
        }

        var discarded = stackalloc byte[4096];
        while (Length > 0)
        {
            Length -= (int)Linux.Read(_out, discarded, Math.Min(4096, Length));
        }

        return false;
    }

    /// <summary>Sends what the socket takes; false when that is not all.</summary>
    public bool Send(int socket, bool moreFollows)
    {
        while (Length > 0)
        {
            var count = Linux.Splice(_out, null, socket, null, Length, NonBlocking | (moreFollows ? More : 0));
            if (count <= 0)
            {
                return false;
            }

            Length -= (int)count;
        }

        return true;
    }

    /// <summary>Gives what waits to somebody else, as bytes.</summary>
    public void MoveTo(ref KeptBytes kept)
    {
        var part = stackalloc byte[16 * 1024];
        while (Length > 0)
        {
            var count = (int)Linux.Read(_out, part, Math.Min(16 * 1024, Length));
            kept.Append(new ReadOnlySpan<byte>(part, count));
            Length -= count;
        }
    }

    public void Dispose()
    {
        _ = Linux.Close(_in);
        _ = Linux.Close(_out);
    }
}
