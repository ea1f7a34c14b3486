namespace Migrate.Target.Protocol;

/// <summary>Command Capsule (NVMe/TCP 1.0, 3.6.2.6): a 64-byte submission queue entry and, for small writes, its data.</summary>
internal static class CapsuleCmd
{
    public const int HeaderSize = PduHeader.Size + SubmissionEntry.Size;

    /// <summary>Writes everything but the data; the entry is copied in.</summary>
    public static void WriteHeader(Span<byte> pdu, in PduLayout layout, ReadOnlySpan<byte> entry, int dataLength)
    {
        layout.WriteCommon(pdu, PduType.CapsuleCmd, 0, HeaderSize, dataLength);
        entry.CopyTo(pdu[PduHeader.Size..]);
        layout.SealHeader(pdu, HeaderSize, dataLength);
    }
}
