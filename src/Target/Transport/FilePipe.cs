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

    private int _out;
    private int _in;
    private int _capacity;

    public FilePipe() => Open();

    /// <summary>Bytes that wait to be sent.</summary>
    public int Length { get; private set; }

    /// <summary>False when the piece cannot be had as a whole; nothing is waiting then.</summary>
    public bool TryTake(SafeFileHandle file, long offset, int length)
    {
        if (length > _capacity - Environment.SystemPageSize)
        {
            return false; // it may begin and end in the middle of a page, each of which takes up a whole one
        }

        if (Length > 0)
        {
            Renew(); // somebody did not come to an end with his piece: it must not become a part of this one
        }

        var handle = (int)file.DangerousGetHandle(); // the caller's access period keeps it open
        while (Length < length && Linux.Splice(handle, &offset, _in, null, length - Length, NonBlocking) is > 0 and var count)
        {
            Length += (int)count;
        }

        if (Length == length)
        {
            return true;
        }

        if (Length > 0)
        {
            Renew();
        }

        return false;
    }

    /// <summary>Sends what the socket takes; false when that is not all.</summary>
    public bool Send(int socket)
    {
        while (Length > 0)
        {
            var count = Linux.Splice(_out, null, socket, null, Length, NonBlocking);
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
            if (count <= 0)
            {
                throw new IOException($"the pipe gave back {Length} bytes less than it took");
            }

            kept.Append(new ReadOnlySpan<byte>(part, count));
            Length -= count;
        }
    }

    public void Dispose()
    {
        _ = Linux.Close(_in);
        _ = Linux.Close(_out);
    }

    private void Open()
    {
        (_out, _in) = Linux.NewPipe();
        _capacity = Linux.ResizePipe(_in, Capacity); // if it may not be so large, long pieces do not fit, and are copied
        Length = 0;
    }

    private void Renew()
    {
        var (oldOut, oldIn) = (_out, _in);
        Open();
        _ = Linux.Close(oldIn);
        _ = Linux.Close(oldOut);
    }
}
