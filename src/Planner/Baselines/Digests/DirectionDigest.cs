using System.Buffers;
using Migrate.Planner.Baselines.Series;

namespace Migrate.Planner.Baselines.Digests;

/// <summary>Reads or writes of one disk, as sums over intervals: sums of parts add up to those of the whole.</summary>
public sealed record DirectionDigest
{
    public static DirectionDigest Empty { get; } = new();

    /// <summary>Intervals whose throughput was measured.</summary>
    public long Intervals { get; init; }
    /// <summary>Σ of kilobytes (1024 bytes) per second over them.</summary>
    public long Kilobytes { get; init; }
    /// <summary>Intervals with I/O whose IOPS, latency in microseconds and queue were all measured: what Little's law is checked on.</summary>
    public long QueueIntervals { get; init; }
    /// <summary>Σ IOPS × latency over them, in 10⁻⁶ I/Os under way.</summary>
    public long QueueExpectedMicro { get; init; }
    /// <summary>Σ of the I/Os that were counted as under way.</summary>
    public long QueueCounted { get; init; }
    /// <summary>Mean latencies (µs) of the intervals with I/O.</summary>
    public MeansHistogram Means { get; init; } = MeansHistogram.Empty;

    /// <summary>Null where throughput was never measured.</summary>
    public double? BytesPerSecond => Intervals == 0 ? null : 1024.0 * Kilobytes / Intervals;

    internal static DirectionDigest Of(
        SampleSeries series, DiskCounter iops, DiskCounter us, DiskCounter ms, DiskCounter kilobytes, DiskCounter outstanding)
    {
        long intervals = 0, moved = 0, queued = 0, expected = 0, counted = 0;
        var means = new List<long>();
        for (var i = 0; i < series.Count; i++)
        {
            if (series[kilobytes, i] is >= 0 and var rate)
            {
                (intervals, moved) = (intervals + 1, moved + rate);
            }

            if (series[iops, i] <= 0)
            {
                continue; // An interval without I/O has no latency; vSphere writes 0 there.
            }

            var latency = series[us, i] >= 0 ? series[us, i] : series[ms, i] >= 0 ? series[ms, i] * 1000 : -1;
            if (latency >= 0)
            {
                means.Add(latency);
            }

            if (series[us, i] >= 0 && series[outstanding, i] >= 0)
            {
                (queued, expected, counted) = (queued + 1, expected + (series[iops, i] * series[us, i]), counted + series[outstanding, i]);
            }
        }

        return new DirectionDigest
        {
            Intervals = intervals,
            Kilobytes = moved,
            QueueIntervals = queued,
            QueueExpectedMicro = expected,
            QueueCounted = counted,
            Means = MeansHistogram.Of(means),
        };
    }

    public DirectionDigest Add(DirectionDigest other) => new()
    {
        Intervals = Intervals + other.Intervals,
        Kilobytes = Kilobytes + other.Kilobytes,
        QueueIntervals = QueueIntervals + other.QueueIntervals,
        QueueExpectedMicro = QueueExpectedMicro + other.QueueExpectedMicro,
        QueueCounted = QueueCounted + other.QueueCounted,
        Means = Means.Add(other.Means),
    };

    internal void Write(IBufferWriter<byte> output)
    {
        foreach (var value in (ReadOnlySpan<long>)[Intervals, Kilobytes, QueueIntervals, QueueExpectedMicro, QueueCounted])
        {
            Varint.Write(output, (ulong)value);
        }

        Means.Write(output);
    }

    internal static DirectionDigest Read(ref Varint.Reader reader) => new()
    {
        Intervals = (long)reader.Read(),
        Kilobytes = (long)reader.Read(),
        QueueIntervals = (long)reader.Read(),
        QueueExpectedMicro = (long)reader.Read(),
        QueueCounted = (long)reader.Read(),
        Means = MeansHistogram.Read(ref reader),
    };
}
