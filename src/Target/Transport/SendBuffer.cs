namespace Migrate.Target.Transport;

/// <summary>Sends both, one behind the other; the second may be empty. What it cannot send now it keeps.</summary>
internal delegate void SendBytes(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second);

/// <summary>
/// Answers of a connection, laid out one behind the other so that many leave with one send. Whoever writes asks for room
/// first; the buffer sends what it holds when there is not enough. Not thread safe.
/// </summary>
internal sealed class SendBuffer(int capacity, SendBytes send)
{
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(capacity, pinned: true);
    private int _used;

    /// <summary>Room for <paramref name="size"/> bytes, not yet part of the answer: <see cref="Advance"/> makes them so.</summary>
    public Span<byte> Reserve(int size)
    {
        if (size > _buffer.Length - _used)
        {
            Flush();
        }

        return _buffer.AsSpan(_used, size);
    }

    public void Advance(int size) => _used += size;

    public bool IsAbove(int threshold) => _used >= threshold;

    /// <summary>Sends what is here and then these bytes, which the caller may reuse afterwards.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        var length = _used;
        _used = 0;
        send(_buffer.AsSpan(0, length), bytes);
    }

    public void Flush()
    {
        if (_used != 0)
        {
            Append(default);
        }
    }
}
