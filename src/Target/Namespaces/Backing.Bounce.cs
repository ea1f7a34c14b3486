namespace Migrate.Target.Namespaces;

// Direct I/O with buffers or pieces that are not aligned: through an aligned buffer, and for a piece of a block by reading the
// rest of the block first. A block belongs to one command here, as the namespace's blocks are no smaller than the alignment:
// whoever reads and writes back a block can only meet writes of the same block, which a host must not have in flight at once.
internal sealed unsafe partial class Backing
{
    private int ReadThrough(Span<byte> buffer, long offset)
    {
        using var bounce = AlignedBuffer.Rent();
        var error = 0;
        while (!buffer.IsEmpty && error == 0)
        {
            var (begin, end, count) = Around(offset, buffer.Length);
            error = Transfer(bounce.Start, (int)(end - begin), begin, isWrite: false);
            new ReadOnlySpan<byte>(bounce.Start + (offset - begin), error == 0 ? count : 0).CopyTo(buffer);
            buffer = buffer[count..];
            offset += count;
        }

        return error;
    }

    private int WriteThrough(ReadOnlySpan<byte> buffer, long offset)
    {
        using var bounce = AlignedBuffer.Rent();
        var error = 0;
        while (!buffer.IsEmpty && error == 0)
        {
            var (begin, end, count) = Around(offset, buffer.Length);
            if (begin != offset)
            {
                error = Transfer(bounce.Start, Alignment, begin, isWrite: false);
            }

            var last = end - Alignment;
            if (error == 0 && end != offset + count && (last != begin || begin == offset))
            {
                error = Transfer(bounce.Start + (last - begin), Alignment, last, isWrite: false);
            }

            if (error == 0)
            {
                buffer[..count].CopyTo(new Span<byte>(bounce.Start + (offset - begin), count));
                error = Transfer(bounce.Start, (int)(end - begin), begin, isWrite: true);
            }

            buffer = buffer[count..];
            offset += count;
        }

        return error;
    }

    /// <summary>The aligned range around the next piece that fits into a bounce buffer, and how much of the piece it holds.</summary>
    private (long Begin, long End, int Count) Around(long offset, int length)
    {
        var mask = Alignment - 1L;
        var begin = offset & ~mask;
        var end = Math.Min((offset + length + mask) & ~mask, begin + AlignedBuffer.Bytes);
        return (begin, end, (int)Math.Min(length, end - offset));
    }
}
