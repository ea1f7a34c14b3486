using System.Buffers;
using System.Numerics;
using Migrate.Planner.Baselines.Series;

namespace Migrate.Planner.Baselines.Digests;

/// <summary>
/// How many 20 s intervals had which mean latency, in bins of a sixteenth of a power of two (at most 6 % wide). Immutable.
/// </summary>
public sealed class MeansHistogram
{
    private const int Bits = 4;
    private const int Exact = 1 << Bits;

    private readonly SortedDictionary<int, long> _counts;

    private MeansHistogram(SortedDictionary<int, long> counts) => _counts = counts;

    public static MeansHistogram Empty { get; } = new([]);

    public long Count => _counts.Values.Sum();

    public static MeansHistogram Of(IEnumerable<long> values)
    {
        var counts = new SortedDictionary<int, long>();
        foreach (var value in values)
        {
            var bin = BinOf(value);
            counts[bin] = counts.GetValueOrDefault(bin) + 1;
        }

        return new MeansHistogram(counts);
    }

    public MeansHistogram Add(MeansHistogram other)
    {
        var counts = new SortedDictionary<int, long>(_counts);
        foreach (var (bin, count) in other._counts)
        {
            counts[bin] = counts.GetValueOrDefault(bin) + count;
        }

        return new MeansHistogram(counts);
    }

    /// <summary>The upper limit of the bin that holds the value at this share (0…1) by nearest rank; null without values.</summary>
    public long? Percentile(double share)
    {
        var rank = Math.Max(1, (long)Math.Ceiling(share * Count));
        long below = 0;
        foreach (var (bin, count) in _counts)
        {
            below += count;
            if (below >= rank)
            {
                return UpperLimit(bin);
            }
        }

        return null;
    }

    internal void Write(IBufferWriter<byte> output)
    {
        Varint.Write(output, (ulong)_counts.Count);
        var before = 0;
        foreach (var (bin, count) in _counts)
        {
            Varint.Write(output, (ulong)(bin - before));
            Varint.Write(output, (ulong)count);
            before = bin;
        }
    }

    /// <exception cref="InvalidDataException">The bytes end too early.</exception>
    internal static MeansHistogram Read(ref Varint.Reader reader)
    {
        var counts = new SortedDictionary<int, long>();
        var bin = 0;
        for (var left = reader.Read(); left > 0; left--)
        {
            bin += checked((int)reader.Read());
            counts[bin] = (long)reader.Read();
        }

        return new MeansHistogram(counts);
    }

    private static int BinOf(long value)
    {
        if (value < Exact)
        {
            return (int)Math.Max(0, value);
        }

        var shift = BitOperations.Log2((ulong)value) - Bits;
        return (int)((shift * (long)Exact) + (value >> shift));
    }

    private static long UpperLimit(int bin)
    {
        if (bin < 2 * Exact)
        {
            return bin;
        }

        var shift = (bin / Exact) - 1;
        return (((bin % Exact) + Exact + 1L) << shift) - 1;
    }
}
