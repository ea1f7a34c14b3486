using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Protocol;

/// <summary>
/// Controller To Host Data (NVMe/TCP 1.0, 3.6.2.9): data of a read. With SUCCESS on the last PDU there is no response capsule.
/// </summary>
internal readonly record struct C2HData(ushort CommandId, uint Offset, uint DataLength)
{
    public const int HeaderSize = 24;

    public static C2HData Read(ReadOnlySpan<byte> pdu) =>
        new(ReadUInt16LittleEndian(pdu[8..]), ReadUInt32LittleEndian(pdu[12..]), ReadUInt32LittleEndian(pdu[16..]));

    public void WriteHeader(Span<byte> pdu, in PduLayout layout, byte flags)
    {
        layout.WriteCommon(pdu, PduType.C2HData, flags, HeaderSize, (int)DataLength);
        WriteUInt16LittleEndian(pdu[8..], CommandId);
        WriteUInt16LittleEndian(pdu[10..], 0);
        WriteUInt32LittleEndian(pdu[12..], Offset);
        WriteUInt32LittleEndian(pdu[16..], DataLength);
        WriteUInt32LittleEndian(pdu[20..], 0);
        layout.SealHeader(pdu, HeaderSize, (int)DataLength);
    }
}
