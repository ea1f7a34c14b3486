using System.Buffers;

namespace Migrate.Planner.Baselines.Series;

/// <summary>Integers in as many bytes as they need: seven bits each, the lowest first, the top bit says that more follow.</summary>
public static class Varint
{
    public static void Write(IBufferWriter<byte> output, ulong value)
    {
        var span = output.GetSpan(10);
        var length = 0;
        while (value >= 0x80)
        {
            span[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        span[length++] = (byte)value;
        output.Advance(length);
    }

    /// <summary>The sign in the lowest bit, so that small negative numbers are short too.</summary>
    public static void WriteSigned(IBufferWriter<byte> output, long value) => Write(output, (ulong)(value << 1) ^ (ulong)(value >> 63));

    public ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _rest = bytes;

        /// <exception cref="InvalidDataException">The bytes end inside a number, or it has more than 64 bits.</exception>
        public ulong Read()
        {
            ulong value = 0;
            for (var i = 0; i < 10; i++)
            {
                if (i >= _rest.Length)
                {
                    throw new InvalidDataException("The block ends inside a number.");
                }

                value |= (ulong)(_rest[i] & 0x7F) << (7 * i);
                if (_rest[i] < 0x80)
                {
                    _rest = _rest[(i + 1)..];
                    return value;
                }
            }

            throw new InvalidDataException("The block has a number of more than 64 bits.");
        }

        public long ReadSigned()
        {
            var value = Read();
            return (long)(value >> 1) ^ -(long)(value & 1);
        }
    }
}
