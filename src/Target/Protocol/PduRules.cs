using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Protocol;

/// <summary>The checks that every received PDU passes before anybody looks inside (NVMe/TCP 1.0, 3.5 and 3.6.2).</summary>
internal static class PduRules
{
    /// <summary>Fixed header length of a PDU type, 0 for types that do not exist.</summary>
    public static int HeaderLengthOf(PduType type) => type switch
    {
        PduType.IcReq or PduType.IcResp => IcReq.Size,
        PduType.H2CTermReq or PduType.C2HTermReq => TermReq.HeaderSize,
        PduType.CapsuleCmd => CapsuleCmd.HeaderSize,
        PduType.CapsuleResp => CapsuleResp.HeaderSize,
        PduType.H2CData => H2CData.HeaderSize,
        PduType.C2HData => C2HData.HeaderSize,
        PduType.R2T => R2T.HeaderSize,
        _ => 0,
    };

    /// <summary>Checks the common header alone, as soon as its eight bytes are there.</summary>
    /// <param name="header">What was received.</param>
    /// <param name="layout">What was agreed for this direction.</param>
    /// <param name="maxData">The most data that this PDU may carry here; negative when its type may not come in this direction.</param>
    public static void CheckHeader(in PduHeader header, in PduLayout layout, int maxData)
    {
        var headerLength = HeaderLengthOf(header.Type);
        if (headerLength == 0 || maxData < 0)
        {
            throw Field(PduHeader.TypeAt, $"PDU type 0x{(byte)header.Type:x2} does not belong here");
        }

        if (header.HeaderLength != headerLength)
        {
            throw Field(PduHeader.HeaderLengthAt, $"HLEN {header.HeaderLength} of a PDU of type 0x{(byte)header.Type:x2}");
        }

        var digests = header.Type is PduType.IcReq or PduType.IcResp or PduType.H2CTermReq or PduType.C2HTermReq ? PduLayout.Plain : layout;
        if (((header.Flags & PduFlags.HeaderDigest) != 0) != digests.HeaderDigest)
        {
            throw Field(PduHeader.FlagsAt, "HDGSTF differs from what was agreed");
        }

        var end = digests.HeaderEnd(headerLength);
        if (header.Length == end)
        {
            return;
        }

        // Termination requests carry their data right behind the header; the others say in PDO where it begins.
        var isTermination = header.Type is PduType.H2CTermReq or PduType.C2HTermReq;
        var dataOffset = isTermination ? headerLength : header.DataOffset;
        var overhead = dataOffset + (digests.DataDigest ? PduLayout.DigestSize : 0);
        if (header.Length < end || maxData == 0 || header.Length - end > maxData + digests.DataAlignment + (2 * PduLayout.DigestSize))
        {
            throw Field(PduHeader.LengthAt, $"PLEN {header.Length} of a PDU of type 0x{(byte)header.Type:x2}");
        }

        if (dataOffset < end || (!isTermination && dataOffset % digests.DataAlignment != 0) || overhead >= header.Length)
        {
            throw Field(PduHeader.DataOffsetAt, $"PDO {header.DataOffset} of a PDU of type 0x{(byte)header.Type:x2}");
        }

        if (header.Length - overhead > maxData)
        {
            throw Field(PduHeader.LengthAt, $"PLEN {header.Length} holds more than {maxData} bytes of data");
        }

        // A termination request has no such flag (3.6.2.4), and is obeyed whatever its reserved bits say.
        if (!isTermination && ((header.Flags & PduFlags.DataDigest) != 0) != digests.DataDigest)
        {
            throw Field(PduHeader.FlagsAt, "DDGSTF differs from what was agreed");
        }
    }

    /// <summary>Checks the header digest, when agreed: a wrong one is fatal for the connection.</summary>
    public static void CheckHeaderDigest(ReadOnlySpan<byte> pdu, in PduHeader header, in PduLayout layout)
    {
        if (!layout.HeaderDigest)
        {
            return;
        }

        var received = ReadUInt32LittleEndian(pdu[header.HeaderLength..]);
        if (received != Crc32C.Compute(pdu[..header.HeaderLength]))
        {
            throw new PduFault(FatalErrorStatus.HeaderDigestError, received, "header digest does not fit");
        }
    }

    /// <summary>Where the data of a PDU with a passed header begins; its end when it has none.</summary>
    public static int DataStart(in PduHeader header, in PduLayout layout) =>
        header.Length == layout.HeaderEnd(header.HeaderLength) ? header.Length : header.DataOffset;

    /// <summary>Bytes of data of a PDU with a passed header.</summary>
    public static int DataLength(in PduHeader header, in PduLayout layout) => DataStart(header, layout) is var start && start == header.Length
        ? 0
        : header.Length - start - (layout.DataDigest ? PduLayout.DigestSize : 0);

    /// <summary>The PDU's data; empty when it has none. False when the data digest does not fit: an error of that command alone.</summary>
    public static bool TryGetData(ReadOnlySpan<byte> pdu, in PduHeader header, in PduLayout layout, out ReadOnlySpan<byte> data)
    {
        if (header.Length == layout.HeaderEnd(header.HeaderLength))
        {
            data = default;
            return true;
        }

        var end = header.Length - (layout.DataDigest ? PduLayout.DigestSize : 0);
        data = pdu[header.DataOffset..end];
        return !layout.DataDigest || ReadUInt32LittleEndian(pdu[end..]) == Crc32C.Compute(data);
    }

    public static PduFault Field(int offset, string what) => new(FatalErrorStatus.InvalidHeaderField, (uint)offset, what);
}
