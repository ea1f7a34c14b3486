using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Migrate.Executor.Copy;

/// <summary>
/// How the journal keeps a segment. States: one byte (0 nothing known, 1 all zero, 2 all data, 3 mixed), with 3 the two bitmaps of 128 bytes
/// (known, zero; bit i of byte n is extent 8 n + i). Hashes: those of the data extents in ascending order. Each ends with the CRC-32C of what
/// is before it, little-endian: a database checks no bytes by itself, and a bit that turned "unknown" into "zero" would never be found.
/// </summary>
/// <remarks>
/// A segment of nothing but zeroes takes 5 bytes, one of nothing but data 32,777; so 1 TiB of data takes 32 MiB, and 62 TiB 1.94 GiB.
/// </remarks>
internal static class SegmentFormat
{
    private const byte Nothing = 0;
    private const byte AllZero = 1;
    private const byte AllData = 2;
    private const byte Mixed = 3;
    private const int CrcSize = sizeof(uint);
    private const int BitmapSize = Segment.Extents / 8;

    /// <param name="segment">Its hashes are in memory if it has data.</param>
    /// <param name="extents">How many extents it has: 1,024, or what is left of the disk.</param>
    public static byte[] States(Segment segment, int extents)
    {
        var (known, data) = (segment.KnownCount, segment.DataCount);
        if (known == 0 || (known == extents && (data == 0 || data == known)))
        {
            return Seal([known == 0 ? Nothing : data == 0 ? AllZero : AllData, .. new byte[CrcSize]]);
        }

        var bytes = new byte[1 + (2 * BitmapSize) + CrcSize];
        bytes[0] = Mixed;
        WriteBits(segment.Known, bytes.AsSpan(1, BitmapSize));
        WriteBits(segment.Zero, bytes.AsSpan(1 + BitmapSize, BitmapSize));
        return Seal(bytes);
    }

    public static byte[] Hashes(Segment segment)
    {
        var data = segment.DataCount;
        if (data == 0)
        {
            return [];
        }

        var bytes = new byte[(data * SHA256.HashSizeInBytes) + CrcSize];
        var at = 0;
        for (var i = 0; i < Segment.Extents; i++)
        {
            if (segment.IsData(i))
            {
                segment.HashOf(i).CopyTo(bytes.AsSpan(at));
                at += SHA256.HashSizeInBytes;
            }
        }

        return Seal(bytes);
    }

    /// <summary>Null for bytes that are damaged: nothing is known of the segment then, and it is copied again.</summary>
    public static Segment? Read(ReadOnlySpan<byte> states, int extents)
    {
        if (!IsSound(states))
        {
            return null;
        }

        var segment = new Segment();
        switch (states[0])
        {
            case Nothing:
                return segment;
            case AllZero or AllData:
                for (var i = 0; i < extents; i++)
                {
                    segment.Known[i / 64] |= 1UL << (i % 64);
                    segment.Zero[i / 64] |= states[0] == AllZero ? 1UL << (i % 64) : 0;
                }

                return segment;
            case Mixed when states.Length == 1 + (2 * BitmapSize) + CrcSize:
                ReadBits(states.Slice(1, BitmapSize), segment.Known);
                ReadBits(states.Slice(1 + BitmapSize, BitmapSize), segment.Zero);
                return segment;
            default:
                return null;
        }
    }

    /// <summary>False when the bytes are damaged or are not those of the segment's data extents.</summary>
    public static bool TryReadHashes(ReadOnlySpan<byte> bytes, Segment segment, out byte[] hashes)
    {
        hashes = [];
        if (bytes.Length != (segment.DataCount * SHA256.HashSizeInBytes) + CrcSize || !IsSound(bytes))
        {
            return false;
        }

        hashes = new byte[Segment.Extents * SHA256.HashSizeInBytes];
        var at = 0;
        for (var i = 0; i < Segment.Extents; i++)
        {
            if (segment.IsData(i))
            {
                bytes.Slice(at, SHA256.HashSizeInBytes).CopyTo(hashes.AsSpan(i * SHA256.HashSizeInBytes));
                at += SHA256.HashSizeInBytes;
            }
        }

        return true;
    }

    private static byte[] Seal(byte[] bytes)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(bytes.Length - CrcSize), Crc(bytes.AsSpan(0, bytes.Length - CrcSize)));
        return bytes;
    }

    private static bool IsSound(ReadOnlySpan<byte> bytes) =>
        bytes.Length > CrcSize && BinaryPrimitives.ReadUInt32LittleEndian(bytes[^CrcSize..]) == Crc(bytes[..^CrcSize]);

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(bytes[..(bytes.Length & ~7)]))
        {
            crc = BitOperations.Crc32C(crc, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
        }

        foreach (var value in bytes[(bytes.Length & ~7)..])
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }

    private static void WriteBits(ulong[] bits, Span<byte> to)
    {
        for (var w = 0; w < bits.Length; w++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(to[(w * 8)..], bits[w]);
        }
    }

    private static void ReadBits(ReadOnlySpan<byte> from, ulong[] bits)
    {
        for (var w = 0; w < bits.Length; w++)
        {
            bits[w] = BinaryPrimitives.ReadUInt64LittleEndian(from[(w * 8)..]);
        }
    }
}
