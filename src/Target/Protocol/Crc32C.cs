using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Migrate.Target.Protocol;

/// <summary>
/// The digest of NVMe/TCP (1.0, 3.3.1.1): CRC-32C (Castagnoli), reflected, seed and final XOR all ones. Uses the CPU's own
/// instruction where there is one, on three stripes at once where the data is long: the instruction takes one word per cycle
/// but answers after three, so that a single chain of them would wait two cycles out of three. Where the CPU multiplies
/// polynomials of 512 bits, long data is folded that way, which is twice as fast again.
/// </summary>
internal static unsafe class Crc32C
{
    private const uint Polynomial = 0x82F63B78; // reflected
    private const int StripeBytes = 1024;
    private const int WideBytes = 64;
    private const int FoldBytes = 4 * WideBytes;

    private static readonly uint[] OverOneStripe = ShiftTable(StripeBytes);
    private static readonly uint[] OverTwoStripes = ShiftTable(2 * StripeBytes);
    private static readonly Vector128<ulong> OverLane = FoldOver(16);
    private static readonly Vector512<ulong> OverWide = Everywhere(FoldOver(WideBytes));
    private static readonly Vector512<ulong> OverFold = Everywhere(FoldOver(FoldBytes));

    /// <summary>The digest of these bytes.</summary>
    public static uint Compute(ReadOnlySpan<byte> bytes) => ~Append(uint.MaxValue, bytes);

    /// <summary>The same in parts: begin with all ones, append part by part, invert what comes out.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        if (Pclmulqdq.V512.IsSupported && bytes.Length >= 2 * FoldBytes)
        {
            crc = AppendFolded(crc, bytes[..(bytes.Length & ~(WideBytes - 1))]);
            bytes = bytes[(bytes.Length & ~(WideBytes - 1))..];
        }

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

    // Gueron and Kounavis, "Efficient CRC computation using PCLMULQDQ": the data so far, times x to the power of the distance,
    // modulo the polynomial, is added to the data at that distance. The 16 bytes that are left have the same CRC as all of it.
    private static uint AppendFolded(uint crc, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            var at = start;
            var end = start + bytes.Length;
            var a = Vector512.CreateScalar((ulong)crc) ^ Vector512.Load((ulong*)at);
            var b = Vector512.Load((ulong*)(at + WideBytes));
            var c = Vector512.Load((ulong*)(at + (2 * WideBytes)));
            var d = Vector512.Load((ulong*)(at + (3 * WideBytes)));
            var over = OverFold;
            for (at += FoldBytes; end - at >= FoldBytes; at += FoldBytes)
            {
                a = Fold(a, over) ^ Vector512.Load((ulong*)at);
                b = Fold(b, over) ^ Vector512.Load((ulong*)(at + WideBytes));
                c = Fold(c, over) ^ Vector512.Load((ulong*)(at + (2 * WideBytes)));
                d = Fold(d, over) ^ Vector512.Load((ulong*)(at + (3 * WideBytes)));
            }

            over = OverWide;
            b ^= Fold(a, over);
            c ^= Fold(b, over);
            d ^= Fold(c, over);
            for (; at < end; at += WideBytes)
            {
                d = Fold(d, over) ^ Vector512.Load((ulong*)at);
            }

            var lane = Fold(d.GetLower().GetLower()) ^ d.GetLower().GetUpper();
            lane = Fold(lane) ^ d.GetUpper().GetLower();
            lane = Fold(lane) ^ d.GetUpper().GetUpper();
            return BitOperations.Crc32C(BitOperations.Crc32C(0, lane[0]), lane[1]);
        }
    }

    private static Vector512<ulong> Fold(Vector512<ulong> value, Vector512<ulong> over) =>
        Pclmulqdq.V512.CarrylessMultiply(value, over, 0x00) ^ Pclmulqdq.V512.CarrylessMultiply(value, over, 0x11);

    private static Vector128<ulong> Fold(Vector128<ulong> value) =>
        Pclmulqdq.CarrylessMultiply(value, OverLane, 0x00) ^ Pclmulqdq.CarrylessMultiply(value, OverLane, 0x11);

    private static Vector512<ulong> Everywhere(Vector128<ulong> lane) => Vector512.Create(Vector256.Create(lane, lane), Vector256.Create(lane, lane));

    /// <summary>What moves the halves of 16 bytes over so many: the product of two reflected values is one bit short.</summary>
    private static Vector128<ulong> FoldOver(int bytes) => Vector128.Create(Power((bytes * 8) + 32) << 1, Power((bytes * 8) - 32) << 1);

    /// <summary>x to this power, modulo the polynomial, reflected.</summary>
    private static ulong Power(int exponent)
    {
        var power = 1u << 31;
        for (var i = 0; i < exponent; i++)
        {
            power = (power >> 1) ^ ((power & 1) * Polynomial);
        }

        return power;
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
