using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace Migrate.Executor.Copy;

/// <summary>
/// One line of the journal: the hash of one extent, a run of zero extents, or an extent that is about to be overwritten and so counts as
/// unknown. On disk, little-endian, 52 bytes: first extent (8), count (4), kind (4: 1 data, 2 zero, 3 unknown), SHA-256 (32; zeroes but for
/// data), CRC-32C of the 48 bytes before (4).
/// </summary>
internal readonly record struct JournalRecord(long First, uint Count, ReadOnlyMemory<byte> Hash, bool IsForgotten = false)
{
    public const int Size = 52;
    private const uint Data = 1;
    private const uint Zero = 2;
    private const uint Unknown = 3;

    public bool IsZero => Hash.IsEmpty && !IsForgotten;

    public static JournalRecord Forgotten(long index) => new(index, 1, default, IsForgotten: true);

    public void Write(Span<byte> to)
    {
        to[..Size].Clear();
        BinaryPrimitives.WriteInt64LittleEndian(to, First);
        BinaryPrimitives.WriteUInt32LittleEndian(to[8..], Count);
        BinaryPrimitives.WriteUInt32LittleEndian(to[12..], IsForgotten ? Unknown : IsZero ? Zero : Data);
        Hash.Span.CopyTo(to[16..]);
        BinaryPrimitives.WriteUInt32LittleEndian(to[(Size - 4)..], Crc(to[..(Size - 4)]));
    }

    /// <summary>False for anything that was not wholly written, or not by us.</summary>
    public static bool TryRead(ReadOnlySpan<byte> from, long extents, out JournalRecord record)
    {
        record = default;
        if (from.Length < Size || BinaryPrimitives.ReadUInt32LittleEndian(from[(Size - 4)..]) != Crc(from[..(Size - 4)]))
        {
            return false;
        }
        var first = BinaryPrimitives.ReadInt64LittleEndian(from);
        var count = BinaryPrimitives.ReadUInt32LittleEndian(from[8..]);
        var kind = BinaryPrimitives.ReadUInt32LittleEndian(from[12..]);
        if (first < 0 || count == 0 || first > extents - count || (kind != Zero && (kind is not (Data or Unknown) || count != 1)))
        {
            return false;
        }
        record = new JournalRecord(first, count, kind == Data ? from.Slice(16, SHA256.HashSizeInBytes).ToArray() : default, kind == Unknown);
        return true;
    }

    public static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }
        return ~crc;
    }
}
