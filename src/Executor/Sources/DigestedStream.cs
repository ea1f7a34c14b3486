using System.Security.Cryptography;

namespace Migrate.Executor.Sources;

/// <summary>Passes on what is read and digests it: an export's manifest names SHA-1 (before vSphere 6.7) or SHA-256.</summary>
internal sealed class DigestedStream(Stream inner) : Stream
{
    private readonly IncrementalHash _sha1 = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
    private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public long Bytes { get; private set; }

    /// <summary>Of all that was read so far, lower-case hex.</summary>
    public string Sha1 => Convert.ToHexStringLower(_sha1.GetCurrentHash());

    /// <inheritdoc cref="Sha1"/>
    public string Sha256 => Convert.ToHexStringLower(_sha256.GetCurrentHash());

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => Bytes;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken);
        Digest(buffer.Span[..read]);
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = inner.Read(buffer, offset, count);
        Digest(buffer.AsSpan(offset, read));
        return read;
    }

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
            inner.Dispose();
            _sha1.Dispose();
            _sha256.Dispose();
        }
        base.Dispose(disposing);
    }

    private void Digest(ReadOnlySpan<byte> bytes)
    {
        Bytes += bytes.Length;
        _sha1.AppendData(bytes);
        _sha256.AppendData(bytes);
    }
}
