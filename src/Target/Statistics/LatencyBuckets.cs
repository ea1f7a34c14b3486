using System.Diagnostics;
using System.Numerics;

namespace Migrate.Target.Statistics;

/// <summary>
/// Buckets of latency histograms: four per power of two, so that a percentile read from them is at most a quarter too long.
/// The first holds everything below 1.024 µs, the last everything from 34 s.
/// </summary>
public static class LatencyBuckets
{
    /// <summary>Buckets of a histogram.</summary>
    public const int Count = 1 + (Octaves * PerOctave) + 1;

    private const int FirstExponent = 10;
    private const int Octaves = 25;
    private const int PerOctaveShift = 2;

    /// <summary>Buckets of each power of two, from the second bucket on.</summary>
    public const int PerOctave = 1 << PerOctaveShift;

    /// <summary>The shortest time in nanoseconds that no longer belongs to the bucket; <see cref="long.MaxValue"/> for the last.</summary>
    public static long UpperBoundNanoseconds(int bucket) => bucket switch
    {
        0 => 1L << FirstExponent,
        Count - 1 => long.MaxValue,
        _ => (long)(PerOctave + ((bucket - 1) % PerOctave) + 1) << (FirstExponent - PerOctaveShift + ((bucket - 1) / PerOctave)),
    };

    /// <summary>What this part (0 to 1) of the commands did not exceed, in nanoseconds, at most a quarter too long; null without commands, <see cref="long.MaxValue"/> from 34 s.</summary>
    /// <param name="latencies">Commands by bucket.</param>
    /// <param name="part">0.99 for the 99th percentile.</param>
    public static long? PercentileNanoseconds(IReadOnlyList<long> latencies, double part)
    {
        var wanted = Math.Max(1, (long)Math.Ceiling(latencies.Sum() * part));
        long seen = 0;
        for (var bucket = 0; bucket < latencies.Count; bucket++)
        {
            seen += latencies[bucket];
            if (seen >= wanted)
            {
                return UpperBoundNanoseconds(bucket);
            }
        }

        return null;
    }

    /// <summary>The bucket of a time in ticks of <see cref="Stopwatch"/>.</summary>
    internal static int Of(long ticks)
    {
        var nanoseconds = Stopwatch.Frequency == 1_000_000_000 ? ticks : (long)(ticks * (1e9 / Stopwatch.Frequency));
        var exponent = BitOperations.Log2((ulong)Math.Max(nanoseconds, 1));
        return exponent < FirstExponent
            ? 0
            : Math.Min(1 + ((exponent - FirstExponent) << PerOctaveShift) + (int)((nanoseconds >> (exponent - PerOctaveShift)) & (PerOctave - 1)), Count - 1);
    }
}
