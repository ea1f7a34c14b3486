namespace Migrate.Planner.Offline;

/// <summary>
/// Refuses to read much at once. A tar's names and attributes are records of any size that they state themselves, and TarReader reads
/// each into one buffer: an archive of a few kilobytes could take gigabytes of memory. Content is read in small parts.
/// </summary>
internal sealed class BoundedReads(Stream inner) : Stream
{
    private const int Most = 4 << 20;

    public override bool CanRead => true;

    public override bool CanSeek => inner.CanSeek;

    public override bool CanWrite => false;

    public override long Length => inner.Length;

    public override long Position { get => inner.Position; set => inner.Position = value; }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer) => buffer.Length > Most
        ? throw new InvalidDataException($"it has a name or an attribute of {buffer.Length} bytes")
        : inner.Read(buffer);

    public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
