using System.Buffers;
using System.IO.Compression;

namespace Migrate.Planner.Baselines.Series;

/// <summary>
/// A block of samples as bytes: column by column, each as the differences from sample to sample or as the values themselves, whichever
/// is shorter, in variable-length integers, and all of it through Brotli. Neighbours in a column are alike, and that is
/// what both steps live on.
/// </summary>
internal static class SampleCodec
{
    private const byte Version = 1;
    private const byte Plain = 1;
    private const byte Differences = 2;
    /// <summary>Past it Brotli costs much more time and gains a hundredth.</summary>
    private const int Quality = 6;
    private const int Window = 20;
    /// <summary>Ten times what a block can hold; more than that is damage and not data.</summary>
    private const int MostSamples = 20 * SampleBlocks.SecondsPerBlock;

    public static byte[] Encode(SampleSeries series)
    {
        var plain = new ArrayBufferWriter<byte>();
        Varint.Write(plain, (ulong)series.Count);
        Varint.Write(plain, (ulong)SampleSeries.CounterCount);
        long before = 0;
        foreach (var second in series.Seconds)
        {
            Varint.WriteSigned(plain, second - before);
            before = second;
        }

        for (var counter = 0; counter < SampleSeries.CounterCount; counter++)
        {
            WriteColumn(plain, series.Column((DiskCounter)counter));
        }

        var packed = new byte[1 + BrotliEncoder.GetMaxCompressedLength(plain.WrittenCount)];
        packed[0] = Version;
        return BrotliEncoder.TryCompress(plain.WrittenSpan, packed.AsSpan(1), out var written, Quality, Window)
            ? packed[..(1 + written)]
            : throw new InvalidOperationException("Brotli needs more room than it says it needs at most.");
    }

    /// <exception cref="InvalidDataException">The bytes are no block, or damaged.</exception>
    public static SampleSeries Decode(byte[] block)
    {
        if (block.Length < 2 || block[0] != Version)
        {
            throw new InvalidDataException(block.Length < 2 ? "The block is empty." : $"The block has version {block[0]}, this program reads version {Version}.");
        }

        using var unpacked = new MemoryStream();
        using (var brotli = new BrotliStream(new MemoryStream(block, 1, block.Length - 1), CompressionMode.Decompress))
        {
            brotli.CopyTo(unpacked);
        }

        var reader = new Varint.Reader(unpacked.GetBuffer().AsSpan(0, (int)unpacked.Length));
        var (count, columns) = (reader.Read(), reader.Read());
        if (count > MostSamples || columns > 1024)
        {
            throw new InvalidDataException($"The block claims {count} samples of {columns} counters.");
        }

        var seconds = new long[count];
        long at = 0;
        for (var i = 0; i < seconds.Length; i++)
        {
            seconds[i] = at += reader.ReadSigned();
        }

        var made = new long[SampleSeries.CounterCount][];
        for (var counter = 0; counter < Math.Max(SampleSeries.CounterCount, (int)columns); counter++)
        {
            var column = new long[count];
            if (counter < (int)columns)
            {
                ReadColumn(ref reader, column);
            }
            else
            {
                Array.Fill(column, SampleSeries.Missing); // Written before this counter was collected.
            }

            if (counter < made.Length)
            {
                made[counter] = column;
            }
        }

        return SampleSeries.OfColumns(seconds, made);
    }

    /// <summary>Values are stored one higher, so that a missing one is 0 and a column without values is nothing but zeros.</summary>
    private static void WriteColumn(ArrayBufferWriter<byte> output, IReadOnlyList<long> column)
    {
        var plain = new ArrayBufferWriter<byte>(column.Count + 1);
        var differences = new ArrayBufferWriter<byte>(column.Count + 1);
        long before = 0;
        foreach (var value in column)
        {
            Varint.Write(plain, (ulong)(value + 1));
            Varint.WriteSigned(differences, value + 1 - before);
            before = value + 1;
        }

        var (kind, bytes) = differences.WrittenCount < plain.WrittenCount ? (Differences, differences) : (Plain, plain);
        output.Write([kind]);
        output.Write(bytes.WrittenSpan);
    }

    private static void ReadColumn(ref Varint.Reader reader, long[] column)
    {
        var kind = reader.Read();
        long before = 0;
        for (var i = 0; i < column.Length; i++)
        {
            var stored = kind switch
            {
                Plain => (long)reader.Read(),
                Differences => before + reader.ReadSigned(),
                _ => throw new InvalidDataException($"The block has a column of kind {kind}."),
            };
            column[i] = stored > 0 ? stored - 1 : SampleSeries.Missing;
            before = stored;
        }
    }
}
