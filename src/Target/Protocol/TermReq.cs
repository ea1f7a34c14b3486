using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Protocol;

/// <summary>
/// Termination Request of either side (NVMe/TCP 1.0, 3.6.2.4 H2CTermReq, 3.6.2.5 C2HTermReq): why the connection ends, and
/// the header of the PDU that was wrong.
/// </summary>
internal readonly record struct TermReq(PduType Type, FatalErrorStatus Status, uint Information)
{
    public const int HeaderSize = 24;
    public const int MaxData = 128;

    public static TermReq Read(ReadOnlySpan<byte> pdu) =>
        new((PduType)pdu[0], (FatalErrorStatus)ReadUInt16LittleEndian(pdu[8..]), ReadUInt32LittleEndian(pdu[10..]));

    /// <summary>Writes the request with the offending header behind it; returns its length.</summary>
    public int Write(Span<byte> pdu, ReadOnlySpan<byte> offendingHeader)
    {
        var data = offendingHeader[..Math.Min(offendingHeader.Length, MaxData)];
        pdu[..HeaderSize].Clear();
        new PduHeader(Type, 0, HeaderSize, 0, HeaderSize + data.Length).Write(pdu);
        WriteUInt16LittleEndian(pdu[8..], (ushort)Status);
        WriteUInt32LittleEndian(pdu[10..], Information);
        data.CopyTo(pdu[HeaderSize..]);
        return HeaderSize + data.Length;
    }
}
