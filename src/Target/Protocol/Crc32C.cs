using System.Numerics;
using System.Runtime.InteropServices;

namespace Migrate.Target.Protocol;

/// <summary>
/// The digest of NVMe/TCP (1.0, 3.3.1.1): CRC-32C (Castagnoli), reflected, seed and final XOR all ones. Uses the CPU's own
/// instruction where there is one.
/// </summary>
internal static class Crc32C
{
    public static uint Compute(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(bytes))
        {
            crc = BitOperations.Crc32C(crc, word);
        }

        foreach (var single in bytes[(bytes.Length & ~7)..])
        {
            crc = BitOperations.Crc32C(crc, single);
        }

        return ~crc;
    }
}
