using System.Numerics;
using System.Runtime.InteropServices;

namespace Migrate.Target.Protocol;

/// <summary>
/// The digest of NVMe/TCP (1.0, 3.3.1.1): CRC-32C (Castagnoli), reflected, seed and final XOR all ones. Uses the CPU's own
/// instruction where there is one, on three stripes at once where the data is long: the instruction takes one word per cycle
/// but answers after three, so that a single chain of them would wait two cycles out of three.
/// </summary>
internal static class Crc32C
{
    private const uint Polynomial = 0x82F63B78; // reflected
    private const int StripeBytes = 1024;

    private static readonly uint[] OverOneStripe = ShiftTable(StripeBytes);
    private static readonly uint[] OverTwoStripes = ShiftTable(2 * StripeBytes);

    /// <summary>The digest of these bytes.</summary>
    public static uint Compute(ReadOnlySpan<byte> bytes) => ~Append(uint.MaxValue, bytes);

    /// <summary>The same in parts: begin with all ones, append part by part, invert what comes out.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= 3 * StripeBytes)
        {
            crc = AppendStripes(crc, MemoryMarshal.Cast<byte, ulong>(bytes[..(3 * StripeBytes)]));
            bytes = bytes[(3 * StripeBytes)..];
        }

        foreach (var word in MemoryMarshal.Cast<byte, ulong>(bytes))
        {
            crc = BitOperations.Crc32C(crc, word);
        }

        foreach (var single in bytes[(bytes.Length & ~7)..])
        {
            crc = BitOperations.Crc32C(crc, single);
        }

        return crc;
    }

    private static uint AppendStripes(uint crc, ReadOnlySpan<ulong> words)
    {
        const int length = StripeBytes / sizeof(ulong);
        var second = words[length..];
        var third = words[(2 * length)..];
        uint b = 0, c = 0;
        for (var i = 0; i < length; i++)
        {
            crc = BitOperations.Crc32C(crc, words[i]);
            b = BitOperations.Crc32C(b, second[i]);
            c = BitOperations.Crc32C(c, third[i]);
        }

        // A CRC is linear: each stripe's is moved over the bytes behind it, then all are added.
        return Shift(OverTwoStripes, crc) ^ Shift(OverOneStripe, b) ^ c;
    }

    private static uint Shift(uint[] table, uint crc) =>
        table[crc & 0xFF] ^ table[256 + ((crc >> 8) & 0xFF)] ^ table[512 + ((crc >> 16) & 0xFF)] ^ table[768 + (crc >> 24)];

    /// <summary>What a CRC becomes when so many zero bytes follow, by each of its four bytes.</summary>
    private static uint[] ShiftTable(int zeroBytes)
    {
        var ofBit = new uint[32];
        for (var bit = 0; bit < 32; bit++)
        {
            var crc = 1u << bit;
            for (var i = 0; i < zeroBytes * 8; i++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * Polynomial);
            }

            ofBit[bit] = crc;
        }

        var table = new uint[4 * 256];
        for (var i = 0; i < table.Length; i++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                table[i] ^= (uint)((i >> bit) & 1) * ofBit[((i >> 8) * 8) + bit];
            }
        }

        return table;
    }
}
