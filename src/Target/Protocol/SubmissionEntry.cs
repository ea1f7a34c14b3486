using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Protocol;

/// <summary>A view on a submission queue entry (NVM Express Base 2.0, 3.3.3.1; fabrics form 3.3.3.1 figure 89).</summary>
internal readonly ref struct SubmissionEntry(ReadOnlySpan<byte> bytes)
{
    public const int Size = 64;

    /// <summary>PSDT 01b in the flags byte: SGLs, as fabrics demand.</summary>
    public const byte UsesSgl = 0x40;

    private readonly ReadOnlySpan<byte> _bytes = bytes[..Size];

    public byte Opcode => _bytes[0];

    public byte Flags => _bytes[1];

    public ushort CommandId => ReadUInt16LittleEndian(_bytes[2..]);

    public uint Nsid => ReadUInt32LittleEndian(_bytes[4..]);

    /// <summary>For opcode 7Fh only: which fabrics command this is.</summary>
    public byte FabricsType => _bytes[4];

    public SglDescriptor Sgl => SglDescriptor.Read(_bytes[24..]);

    public uint Cdw10 => Dword(10);

    public uint Cdw11 => Dword(11);

    public uint Cdw12 => Dword(12);

    public ulong Slba => ReadUInt64LittleEndian(_bytes[40..]);

    public uint Dword(int number) => ReadUInt32LittleEndian(_bytes[(number * 4)..]);

    public ushort Word(int at) => ReadUInt16LittleEndian(_bytes[at..]);

    public byte Byte(int at) => _bytes[at];

    public void CopyTo(Span<byte> destination) => _bytes.CopyTo(destination);

    public ulong Quad(int at) => ReadUInt64LittleEndian(_bytes[at..]);
}
