using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Protocol;

/// <summary>Host To Controller Data (NVMe/TCP 1.0, 3.6.2.8): write data that answers the R2T with this transfer tag.</summary>
internal readonly record struct H2CData(ushort CommandId, ushort TransferTag, uint Offset, uint DataLength)
{
    public const int HeaderSize = 24;
    public const int CommandIdAt = 8;
    public const int TransferTagAt = 10;
    public const int OffsetAt = 12;
    public const int DataLengthAt = 16;

    public static H2CData Read(ReadOnlySpan<byte> pdu) => new(
        ReadUInt16LittleEndian(pdu[CommandIdAt..]), ReadUInt16LittleEndian(pdu[TransferTagAt..]),
        ReadUInt32LittleEndian(pdu[OffsetAt..]), ReadUInt32LittleEndian(pdu[DataLengthAt..]));

    public void WriteHeader(Span<byte> pdu, in PduLayout layout, bool last)
    {
        layout.WriteCommon(pdu, PduType.H2CData, last ? PduFlags.LastPdu : (byte)0, HeaderSize, (int)DataLength);
        WriteUInt16LittleEndian(pdu[CommandIdAt..], CommandId);
        WriteUInt16LittleEndian(pdu[TransferTagAt..], TransferTag);
        WriteUInt32LittleEndian(pdu[OffsetAt..], Offset);
        WriteUInt32LittleEndian(pdu[DataLengthAt..], DataLength);
        WriteUInt32LittleEndian(pdu[20..], 0);
        layout.SealHeader(pdu, HeaderSize, (int)DataLength);
    }
}
