namespace Migrate.Target.Protocol;

/// <summary>Response Capsule (NVMe/TCP 1.0, 3.6.2.7): a 16-byte completion queue entry.</summary>
internal static class CapsuleResp
{
    public const int HeaderSize = PduHeader.Size + CompletionEntry.Size;

    public static int Write(Span<byte> pdu, in PduLayout layout, in CompletionEntry entry)
    {
        layout.WriteCommon(pdu, PduType.CapsuleResp, 0, HeaderSize, 0);
        entry.Write(pdu[PduHeader.Size..]);
        layout.SealHeader(pdu, HeaderSize, 0);
        return layout.Length(HeaderSize, 0);
    }
}
