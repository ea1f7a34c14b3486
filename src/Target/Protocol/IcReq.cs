using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Protocol;

/// <summary>
/// Initialize Connection Request (NVMe/TCP 1.0, 3.6.2.2): version of the PDU format, alignment that the host wants for data
/// (0's based dwords), digests it asks for, R2Ts it can take at once per command (0's based).
/// </summary>
internal readonly record struct IcReq(ushort Version, byte HostDataAlignment, bool HeaderDigest, bool DataDigest, uint MaxR2T)
{
    public const int Size = 128;
    public const int VersionAt = 8;
    public const int AlignmentAt = 10;
    public const int MaxAlignment = 31;

    public static IcReq Read(ReadOnlySpan<byte> pdu) => new(
        ReadUInt16LittleEndian(pdu[VersionAt..]), pdu[AlignmentAt], (pdu[11] & 1) != 0, (pdu[11] & 2) != 0, ReadUInt32LittleEndian(pdu[12..]));

    public void Write(Span<byte> pdu)
    {
        pdu[..Size].Clear();
        PduLayout.Plain.WriteCommon(pdu, PduType.IcReq, 0, Size, 0);
        WriteUInt16LittleEndian(pdu[VersionAt..], Version);
        pdu[AlignmentAt] = HostDataAlignment;
        pdu[11] = (byte)((HeaderDigest ? 1 : 0) | (DataDigest ? 2 : 0));
        WriteUInt32LittleEndian(pdu[12..], MaxR2T);
    }
}
