using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Protocol;

/// <summary>SGL descriptor of a capsule (NVM Express Base 2.0, 4.1.2): where the data is and how much.</summary>
internal readonly record struct SglDescriptor(ulong Address, uint Length, byte Type)
{
    public const int Size = 16;

    /// <summary>Data block, subtype offset: the data is in the capsule.</summary>
    public const byte InCapsule = 0x01;

    /// <summary>Transport data block, subtype transport specific: the data goes by data PDUs.</summary>
    public const byte Transport = 0x5A;

    public static SglDescriptor Read(ReadOnlySpan<byte> bytes) =>
        new(ReadUInt64LittleEndian(bytes), ReadUInt32LittleEndian(bytes[8..]), bytes[15]);

    public void Write(Span<byte> bytes)
    {
        WriteUInt64LittleEndian(bytes, Address);
        WriteUInt32LittleEndian(bytes[8..], Length);
        bytes[12..15].Clear();
        bytes[15] = Type;
    }
}
