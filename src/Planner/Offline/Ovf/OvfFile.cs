namespace Migrate.Planner.Offline.Ovf;

/// <summary>A file of a package: where its bytes are on this machine.</summary>
internal sealed record OvfFile(string Name, string Path, long Offset, long Length)
{
    /// <exception cref="IOException">The file cannot be read, or is shorter than it was.</exception>
    public Stream Open() => new FileWindowStream(new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 64 << 10), Offset, Length);

    /// <summary>A part of a stream as a stream, to be read once from its start.</summary>
    private sealed class FileWindowStream : Stream
    {
        private readonly FileStream _file;
        private readonly long _end;

        public FileWindowStream(FileStream file, long offset, long length)
        {
            (_file, _end) = (file, offset + length);
            _file.Position = offset;
        }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer) => _file.Read(buffer[..(int)Math.Min(buffer.Length, Math.Max(0, _end - _file.Position))]);

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _file.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
