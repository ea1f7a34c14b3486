using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Protocol;

/// <summary>
/// Completion queue entry (NVM Express Base 2.0, 3.3.3.2). The status is kept without the phase bit, as in
/// <see cref="NvmeStatus"/>.
/// </summary>
internal readonly record struct CompletionEntry(ulong Result, ushort SqHead, ushort CommandId, ushort Status)
{
    public const int Size = 16;

    public static CompletionEntry Read(ReadOnlySpan<byte> bytes) => new(
        ReadUInt64LittleEndian(bytes), ReadUInt16LittleEndian(bytes[8..]), ReadUInt16LittleEndian(bytes[12..]),
        (ushort)(ReadUInt16LittleEndian(bytes[14..]) >> 1));

    public void Write(Span<byte> bytes)
    {
        WriteUInt64LittleEndian(bytes, Result);
        WriteUInt16LittleEndian(bytes[8..], SqHead);
        WriteUInt16LittleEndian(bytes[10..], 0);
        WriteUInt16LittleEndian(bytes[12..], CommandId);
        WriteUInt16LittleEndian(bytes[14..], (ushort)(Status << 1));
    }
}
