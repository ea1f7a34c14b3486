namespace Migrate.Target.Controllers;

/// <summary>What an admin or fabrics command answers: completion dwords 0 and 1, and data for the host. Reused per connection.</summary>
internal sealed class CommandReply
{
    private byte[] _data = new byte[4096];

    public ulong Result { get; set; }

    public int DataLength { get; private set; }

    public ReadOnlySpan<byte> Data => _data.AsSpan(0, DataLength);

    public void Clear()
    {
        Result = 0;
        DataLength = 0;
    }

    /// <summary>Zeroed room for data of this length.</summary>
    public Span<byte> SetData(int length)
    {
        if (_data.Length < length)
        {
            _data = new byte[length];
        }

        DataLength = length;
        var data = _data.AsSpan(0, length);
        data.Clear();
        return data;
    }
}
