namespace Migrate.Target.Transport;

/// <summary>
/// Bytes received and not yet consumed. One receive brings as much as there is, so that many PDUs are parsed per call;
/// a part of a PDU moves to the front only when the rest of it would not fit behind.
/// </summary>
internal sealed class ReceiveBuffer(int capacity)
{
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(capacity, pinned: true);
    private int _start;
    private int _end;

    public ReadOnlySpan<byte> Unread => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Where the next receive may write.</summary>
    /// <param name="wanted">Bytes that the PDU at the front has in all.</param>
    public Span<byte> Free(int wanted)
    {
        var unread = _end - _start;
        if (unread == 0)
        {
            _start = _end = 0;
        }
        else if (wanted > _buffer.Length - _start || _end == _buffer.Length)
        {
            _buffer.AsSpan(_start, unread).CopyTo(_buffer);
            (_start, _end) = (0, unread);
        }

        return _buffer.AsSpan(_end);
    }

    public void Received(int count) => _end += count;

    public void Consume(int count) => _start += count;
}
