using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Protocol;

/// <summary>
/// Initialize Connection Response (NVMe/TCP 1.0, 3.6.2.3): the alignment that the controller wants for data (0's based
/// dwords), the digests in use, and the most data that one H2CData PDU may carry (at least 4096).
/// </summary>
internal readonly record struct IcResp(ushort Version, byte ControllerDataAlignment, bool HeaderDigest, bool DataDigest, uint MaxH2CData)
{
    public const int Size = 128;
    public const uint MinMaxH2CData = 4096;

    public static IcResp Read(ReadOnlySpan<byte> pdu) => new(
        ReadUInt16LittleEndian(pdu[8..]), pdu[10], (pdu[11] & 1) != 0, (pdu[11] & 2) != 0, ReadUInt32LittleEndian(pdu[12..]));

    public void Write(Span<byte> pdu)
    {
        pdu[..Size].Clear();
        PduLayout.Plain.WriteCommon(pdu, PduType.IcResp, 0, Size, 0);
        WriteUInt16LittleEndian(pdu[8..], Version);
        pdu[10] = ControllerDataAlignment;
        pdu[11] = (byte)((HeaderDigest ? 1 : 0) | (DataDigest ? 2 : 0));
        WriteUInt32LittleEndian(pdu[12..], MaxH2CData);
    }
}
