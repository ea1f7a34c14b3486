using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Migrate.Executor.Copy;

/// <summary>
/// SHA-256 (FIPS 180-4) of sixteen messages of one length at once, each in a 32-bit lane of vectors of 512 bits. One core does twice as many
/// bytes so as by its instructions for SHA-256, each of which has to wait for the one before. Only where the processor has AVX-512.
/// </summary>
internal static unsafe class Sha256Lanes
{
    public const int Lanes = 16;
    public const int HashBytes = 32;
    private const int BlockBytes = 64;

    private static readonly uint[] K =
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    private static readonly uint[] Initial = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

    public static bool IsSupported => Avx512BW.IsSupported;

    /// <param name="messages">Sixteen.</param>
    /// <param name="length">Of each; a multiple of 64.</param>
    /// <param name="hashes">32 bytes for each, in order.</param>
    public static void Hash(byte** messages, int length, Span<byte> hashes)
    {
        var state = stackalloc Vector512<uint>[8];
        var w = stackalloc Vector512<uint>[16];
        for (var i = 0; i < 8; i++)
        {
            state[i] = Vector512.Create(Initial[i]);
        }
        fixed (uint* k = K)
        {
            for (var at = 0; at < length; at += BlockBytes)
            {
                Load(messages, at, w);
                Compress(state, w, k);
            }
            // The padding is the same for all of them: a one, zeroes, and the length in bits.
            new Span<Vector512<uint>>(w, 16).Clear();
            w[0] = Vector512.Create(0x80000000u);
            w[14] = Vector512.Create((uint)((ulong)length >> 29));
            w[15] = Vector512.Create((uint)length << 3);
            Compress(state, w, k);
        }
        for (var lane = 0; lane < Lanes; lane++)
        {
            for (var i = 0; i < 8; i++)
            {
                BinaryPrimitives.WriteUInt32BigEndian(hashes[((lane * HashBytes) + (i * sizeof(uint)))..], state[i][lane]);
            }
        }
    }

    /// <summary>A block of each message, turned: vector i has word i, big-endian in memory, of all of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Load(byte** messages, int at, Vector512<uint>* w)
    {
        var swap = Vector512.Create(0x0405060700010203UL, 0x0C0D0E0F08090A0BUL, 0x0405060700010203UL, 0x0C0D0E0F08090A0BUL, 0x0405060700010203UL, 0x0C0D0E0F08090A0BUL, 0x0405060700010203UL, 0x0C0D0E0F08090A0BUL).AsByte();
        // Four by four words within each 128 bits: t[4 i + j] has word j of every group of four of the messages 4 i to 4 i + 3.
        var t = stackalloc Vector512<uint>[16];
        for (var i = 0; i < 16; i += 4)
        {
            var a = Avx512BW.Shuffle(Vector512.Load(messages[i] + at), swap).AsUInt32();
            var b = Avx512BW.Shuffle(Vector512.Load(messages[i + 1] + at), swap).AsUInt32();
            var c = Avx512BW.Shuffle(Vector512.Load(messages[i + 2] + at), swap).AsUInt32();
            var d = Avx512BW.Shuffle(Vector512.Load(messages[i + 3] + at), swap).AsUInt32();
            var ab = Avx512F.UnpackLow(a, b).AsUInt64();
            var cd = Avx512F.UnpackLow(c, d).AsUInt64();
            t[i] = Avx512F.UnpackLow(ab, cd).AsUInt32();
            t[i + 1] = Avx512F.UnpackHigh(ab, cd).AsUInt32();
            ab = Avx512F.UnpackHigh(a, b).AsUInt64();
            cd = Avx512F.UnpackHigh(c, d).AsUInt64();
            t[i + 2] = Avx512F.UnpackLow(ab, cd).AsUInt32();
            t[i + 3] = Avx512F.UnpackHigh(ab, cd).AsUInt32();
        }
        // Then the 128-bit groups themselves: group g of t[4 i + j] belongs to w[4 g + j], place i.
        for (var j = 0; j < 4; j++)
        {
            var low01 = Avx512F.Shuffle4x128(t[j], t[4 + j], 0x44);
            var high01 = Avx512F.Shuffle4x128(t[j], t[4 + j], 0xEE);
            var low23 = Avx512F.Shuffle4x128(t[8 + j], t[12 + j], 0x44);
            var high23 = Avx512F.Shuffle4x128(t[8 + j], t[12 + j], 0xEE);
            w[j] = Avx512F.Shuffle4x128(low01, low23, 0x88);
            w[4 + j] = Avx512F.Shuffle4x128(low01, low23, 0xDD);
            w[8 + j] = Avx512F.Shuffle4x128(high01, high23, 0x88);
            w[12 + j] = Avx512F.Shuffle4x128(high01, high23, 0xDD);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Compress(Vector512<uint>* state, Vector512<uint>* w, uint* k)
    {
        var (a, b, c, d) = (state[0], state[1], state[2], state[3]);
        var (e, f, g, h) = (state[4], state[5], state[6], state[7]);
        for (var i = 0; i < 64; i += 8)
        {
            if (i >= 16)
            {
                // The schedule's next eight words, over those of sixteen before.
                for (var j = i & 8; j < (i & 8) + 8; j++)
                {
                    w[j] += Small(w[(j + 1) & 15], 7, 18, 3) + w[(j + 9) & 15] + Small(w[(j + 14) & 15], 17, 19, 10);
                }
            }
            var wi = w + (i & 8);
            Round(a, b, c, ref d, e, f, g, ref h, wi[0] + Vector512.Create(k[i]));
            Round(h, a, b, ref c, d, e, f, ref g, wi[1] + Vector512.Create(k[i + 1]));
            Round(g, h, a, ref b, c, d, e, ref f, wi[2] + Vector512.Create(k[i + 2]));
            Round(f, g, h, ref a, b, c, d, ref e, wi[3] + Vector512.Create(k[i + 3]));
            Round(e, f, g, ref h, a, b, c, ref d, wi[4] + Vector512.Create(k[i + 4]));
            Round(d, e, f, ref g, h, a, b, ref c, wi[5] + Vector512.Create(k[i + 5]));
            Round(c, d, e, ref f, g, h, a, ref b, wi[6] + Vector512.Create(k[i + 6]));
            Round(b, c, d, ref e, f, g, h, ref a, wi[7] + Vector512.Create(k[i + 7]));
        }
        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
        state[5] += f;
        state[6] += g;
        state[7] += h;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c, ref Vector512<uint> d, Vector512<uint> e, Vector512<uint> f, Vector512<uint> g, ref Vector512<uint> h, Vector512<uint> wk)
    {
        const byte choose = 0xCA; // the second where the first has ones, else the third
        const byte majority = 0xE8;
        var t = h + wk + Big(e, 6, 11, 25) + Avx512F.TernaryLogic(e, f, g, choose);
        d += t;
        h = t + Big(a, 2, 13, 22) + Avx512F.TernaryLogic(a, b, c, majority);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Big(Vector512<uint> x, [ConstantExpected] byte first, [ConstantExpected] byte second, [ConstantExpected] byte third) =>
        Xor(Avx512F.RotateRight(x, first), Avx512F.RotateRight(x, second), Avx512F.RotateRight(x, third));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Small(Vector512<uint> x, [ConstantExpected] byte first, [ConstantExpected] byte second, [ConstantExpected] byte shift) =>
        Xor(Avx512F.RotateRight(x, first), Avx512F.RotateRight(x, second), Avx512F.ShiftRightLogical(x, shift));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Xor(Vector512<uint> x, Vector512<uint> y, Vector512<uint> z) => Avx512F.TernaryLogic(x, y, z, 0x96);
}
