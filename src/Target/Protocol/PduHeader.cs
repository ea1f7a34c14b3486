using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Protocol;

/// <summary>
/// The eight bytes that every PDU begins with (NVMe/TCP 1.0, 3.6.1). HeaderLength is without the header digest, DataOffset
/// counts from the PDU's first byte, Length is the whole PDU.
/// </summary>
internal readonly record struct PduHeader(PduType Type, byte Flags, byte HeaderLength, byte DataOffset, int Length)
{
    public const int Size = 8;

    // Where the fields are, for the field offset in a termination request.
    public const int TypeAt = 0;
    public const int FlagsAt = 1;
    public const int HeaderLengthAt = 2;
    public const int DataOffsetAt = 3;
    public const int LengthAt = 4;

    public bool IsLast => (Flags & PduFlags.LastPdu) != 0;

    /// <summary>A length beyond 2 GiB reads as negative: no PDU is that long, so the bounds check refuses it.</summary>
    public static PduHeader Read(ReadOnlySpan<byte> pdu) =>
        new((PduType)pdu[TypeAt], pdu[FlagsAt], pdu[HeaderLengthAt], pdu[DataOffsetAt], ReadInt32LittleEndian(pdu[LengthAt..]));

    public void Write(Span<byte> pdu)
    {
        pdu[TypeAt] = (byte)Type;
        pdu[FlagsAt] = Flags;
        pdu[HeaderLengthAt] = HeaderLength;
        pdu[DataOffsetAt] = DataOffset;
        WriteInt32LittleEndian(pdu[LengthAt..], Length);
    }
}
