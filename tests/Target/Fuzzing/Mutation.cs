using Migrate.Target.Protocol;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Tests.Fuzzing;

/// <summary>Makes one PDU wrong, or strange; some of the changes get digests that fit them, so that they come further than the digest's check.</summary>
internal static class Mutation
{
    private static readonly uint[] Numbers = [0, 1, 7, 8, 23, 24, 71, 72, 76, 127, 128, 255, 4095, 4096, 65535, 65536, 131072, 262144, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF];

    /// <summary>A changed copy; may be longer or shorter.</summary>
    public static byte[] Of(byte[] pdu, in PduLayout layout, Random random)
    {
        var changed = pdu.ToArray();
        switch (random.Next(10))
        {
            case 0:
                return changed[..random.Next(changed.Length)];
            case 1:
                return [.. changed, .. changed.AsSpan(0, random.Next(1, changed.Length))];
            case 2:
                WriteUInt32LittleEndian(changed.AsSpan(PduHeader.LengthAt), Number(random));
                break;
            case 3:
                changed[random.Next(PduHeader.Size)] = (byte)random.Next(256);
                break;
            case 4:
                changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
                break;
            default: // inside the header: of the command, or of the data
                var end = Math.Min(changed.Length, (int)changed[PduHeader.HeaderLengthAt]);
                var at = random.Next(PduHeader.Size, Math.Max(end - 4, PduHeader.Size + 1));
                if (random.Next(2) == 0 && at + 4 <= changed.Length)
                {
                    WriteUInt32LittleEndian(changed.AsSpan(at & ~3), Number(random));
                }
                else
                {
                    changed[at] = (byte)random.Next(256);
                }

                break;
        }

        if (random.Next(4) != 0)
        {
            Seal(changed, layout);
        }

        return changed;
    }

    private static void Seal(byte[] pdu, in PduLayout layout)
    {
        var length = pdu[PduHeader.HeaderLengthAt];
        if (layout.HeaderDigest && pdu[0] is (byte)PduType.CapsuleCmd or (byte)PduType.H2CData && length + 4 <= pdu.Length)
        {
            WriteUInt32LittleEndian(pdu.AsSpan(length), Crc32C.Compute(pdu.AsSpan(0, length)));
        }
    }

    private static uint Number(Random random) => random.Next(2) == 0 ? Numbers[random.Next(Numbers.Length)] : (uint)random.NextInt64(1L << 32) >> random.Next(32);
}
