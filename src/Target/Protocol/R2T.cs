using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Protocol;

/// <summary>Ready To Transfer (NVMe/TCP 1.0, 3.6.2.10): the controller can take this part of a write's data now.</summary>
internal readonly record struct R2T(ushort CommandId, ushort TransferTag, uint Offset, uint DataLength)
{
    public const int HeaderSize = 24;

    public static R2T Read(ReadOnlySpan<byte> pdu) => new(
        ReadUInt16LittleEndian(pdu[8..]), ReadUInt16LittleEndian(pdu[10..]), ReadUInt32LittleEndian(pdu[12..]), ReadUInt32LittleEndian(pdu[16..]));

    public int Write(Span<byte> pdu, in PduLayout layout)
    {
        layout.WriteCommon(pdu, PduType.R2T, 0, HeaderSize, 0);
        WriteUInt16LittleEndian(pdu[8..], CommandId);
        WriteUInt16LittleEndian(pdu[10..], TransferTag);
        WriteUInt32LittleEndian(pdu[12..], Offset);
        WriteUInt32LittleEndian(pdu[16..], DataLength);
        WriteUInt32LittleEndian(pdu[20..], 0);
        layout.SealHeader(pdu, HeaderSize, 0);
        return layout.Length(HeaderSize, 0);
    }
}
