using System.Buffers;

namespace Migrate.Target.Transport;

/// <summary>Bytes that a connection could not get rid of yet. Holds memory only while there are any.</summary>
internal struct KeptBytes
{
    private byte[]? _bytes;
    private int _start;
    private int _end;

    public readonly int Length => _end - _start;

    public readonly ReadOnlySpan<byte> Bytes => _bytes.AsSpan(_start, Length);

    public void Append(ReadOnlySpan<byte> more)
    {
        if (more.IsEmpty)
        {
            return;
        }

        if (_bytes is null || _end + more.Length > _bytes.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Length + more.Length);
            Bytes.CopyTo(larger);
            var length = Length;
            Release();
            (_bytes, _end) = (larger, length);
        }

        more.CopyTo(_bytes.AsSpan(_end));
        _end += more.Length;
    }

    public void Drop(int count)
    {
        _start += count;
        if (Length == 0)
        {
            Release();
        }
    }

    public void Release()
    {
        if (_bytes is not null)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            this = default;
        }
    }
}
