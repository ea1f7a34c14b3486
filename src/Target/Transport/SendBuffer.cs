namespace Migrate.Target.Transport;

/// <summary>
/// Answers of one connection, laid out one behind the other so that many leave with one send. Whoever writes asks for room
/// first; the buffer sends what it holds when there is not enough. Not thread safe: the connection's gate guards it.
/// </summary>
internal sealed class SendBuffer(int capacity, Action<ReadOnlyMemory<byte>> send)
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

    public void Flush()
    {
        if (_used != 0)
        {
            var length = _used;
            _used = 0;
            send(_buffer.AsMemory(0, length));
        }
    }
}
