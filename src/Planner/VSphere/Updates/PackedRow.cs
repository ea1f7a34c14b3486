using System.Buffers;
using System.IO.Compression;
using System.Text;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.VSphere.Updates;

/// <summary>
/// A row that waits to be stored, its body compressed to a tenth: all rows of a large source wait together, since a version is stored as a
/// whole or not at all.
/// </summary>
internal sealed class PackedRow
{
    private const int Quality = 1;
    private const int Window = 16;

    private readonly InventoryObject _row;
    private readonly byte[] _body;
    private readonly int _length;

    /// <param name="row">Taken over: its body is empty afterwards.</param>
    public PackedRow(InventoryObject row)
    {
        _row = row;
        var text = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(row.Body.Length));
        _length = Encoding.UTF8.GetBytes(row.Body, text);
        var packed = ArrayPool<byte>.Shared.Rent(BrotliEncoder.GetMaxCompressedLength(_length));
        BrotliEncoder.TryCompress(text.AsSpan(0, _length), packed, out var written, Quality, Window);
        _body = packed.AsSpan(0, written).ToArray();
        ArrayPool<byte>.Shared.Return(text);
        ArrayPool<byte>.Shared.Return(packed);
        row.Body = "";
    }

    /// <summary>The row as it was; a new object each time, since storing a row alters it.</summary>
    public InventoryObject Unpack()
    {
        var text = ArrayPool<byte>.Shared.Rent(_length);
        BrotliDecoder.TryDecompress(_body, text, out var written);
        var body = Encoding.UTF8.GetString(text, 0, written);
        ArrayPool<byte>.Shared.Return(text);
        return new InventoryObject
        {
            SourceId = _row.SourceId,
            Kind = _row.Kind,
            Key = _row.Key,
            Name = _row.Name,
            Hash = _row.Hash,
            BodyHash = _row.BodyHash,
            Fingerprint = _row.Fingerprint,
            Body = body,
            PowerState = _row.PowerState,
            HostKey = _row.HostKey,
            Folder = _row.Folder,
            CapacityBytes = _row.CapacityBytes,
            Listed = _row.Listed?.Copy(),
        };
    }
}
