using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Protocol;

/// <summary>
/// How one direction of a connection lays its PDUs out, as agreed by ICReq and ICResp: which digests are present and to
/// what the data is aligned (NVMe/TCP 1.0, 3.6.2.2: (HPDA or CPDA + 1) * 4 bytes).
/// </summary>
internal readonly record struct PduLayout(bool HeaderDigest, bool DataDigest, int DataAlignment)
{
    public const int DigestSize = 4;

    public static readonly PduLayout Plain = new(false, false, 4);

    /// <summary>Header and its digest.</summary>
    public int HeaderEnd(int headerLength) => headerLength + (HeaderDigest ? DigestSize : 0);

    public int DataOffset(int headerLength)
    {
        var end = HeaderEnd(headerLength);
        return (end + DataAlignment - 1) / DataAlignment * DataAlignment;
    }

    /// <summary>Length of a PDU with <paramref name="dataLength"/> bytes of data; without data there is no padding and no data digest.</summary>
    public int Length(int headerLength, int dataLength) =>
        dataLength == 0 ? HeaderEnd(headerLength) : DataOffset(headerLength) + dataLength + (DataDigest ? DigestSize : 0);

    /// <summary>Writes the common header for a PDU of this layout.</summary>
    public void WriteCommon(Span<byte> pdu, PduType type, byte flags, int headerLength, int dataLength)
    {
        if (HeaderDigest)
        {
            flags |= PduFlags.HeaderDigest;
        }

        if (DataDigest && dataLength != 0)
        {
            flags |= PduFlags.DataDigest;
        }

        var dataOffset = dataLength == 0 ? (byte)0 : (byte)DataOffset(headerLength);
        new PduHeader(type, flags, (byte)headerLength, dataOffset, Length(headerLength, dataLength)).Write(pdu);
    }

    /// <summary>Writes the header digest, when agreed, and zeroes the padding before the data; call when the header is complete.</summary>
    public void SealHeader(Span<byte> pdu, int headerLength, int dataLength)
    {
        if (HeaderDigest)
        {
            WriteUInt32LittleEndian(pdu[headerLength..], Crc32C.Compute(pdu[..headerLength]));
        }

        if (dataLength != 0)
        {
            pdu[HeaderEnd(headerLength)..DataOffset(headerLength)].Clear();
        }
    }

    /// <summary>Writes the data digest, when agreed; call when the data is in place.</summary>
    public void SealData(Span<byte> pdu, int headerLength, int dataLength)
    {
        if (DataDigest && dataLength != 0)
        {
            var data = pdu.Slice(DataOffset(headerLength), dataLength);
            WriteUInt32LittleEndian(pdu[(DataOffset(headerLength) + dataLength)..], Crc32C.Compute(data));
        }
    }
}
