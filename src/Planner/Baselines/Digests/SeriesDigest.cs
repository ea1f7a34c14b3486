using System.Buffers;
using Migrate.Planner.Baselines.Series;

namespace Migrate.Planner.Baselines.Digests;

/// <summary>
/// What is judged of one disk's samples, in some hundred bytes. One is kept with every stored block, so that thousands of VMs can be
/// judged without unpacking weeks of samples: digests of parts add up to the digest of the whole.
/// </summary>
public sealed record SeriesDigest
{
    private const byte Version = 1;

    public static SeriesDigest Empty { get; } = new();

    public long Samples { get; init; }
    /// <summary>The first and the last sample, in seconds since 1970 UTC; 0 without samples.</summary>
    public long First { get; init; }
    public long Last { get; init; }
    /// <summary>Samples that carry IOPS of either direction.</summary>
    public long Counted { get; init; }
    /// <summary>Samples with I/O.</summary>
    public long Busy { get; init; }
    /// <summary>Reads and writes of the busiest interval together.</summary>
    public long PeakIops { get; init; }
    public long CommandsAborted { get; init; }
    public long BusResets { get; init; }
    /// <summary>A bit per <see cref="DiskCounter"/> that any sample carries.</summary>
    public ulong Filled { get; init; }
    public DirectionDigest Read { get; init; } = DirectionDigest.Empty;
    public DirectionDigest Write { get; init; } = DirectionDigest.Empty;

    public bool Fills(DiskCounter counter) => (Filled & (1UL << (int)counter)) != 0;

    public static SeriesDigest Of(SampleSeries series)
    {
        if (series.Count == 0)
        {
            return Empty;
        }

        long counted = 0, busy = 0, peak = 0, aborted = 0, resets = 0;
        for (var i = 0; i < series.Count; i++)
        {
            var (reads, writes) = (series[DiskCounter.ReadIops, i], series[DiskCounter.WriteIops, i]);
            counted += reads >= 0 || writes >= 0 ? 1 : 0;
            busy += reads > 0 || writes > 0 ? 1 : 0;
            peak = Math.Max(peak, Math.Max(0, reads) + Math.Max(0, writes));
            aborted += Math.Max(0, series[DiskCounter.CommandsAborted, i]);
            resets += Math.Max(0, series[DiskCounter.BusResets, i]);
        }

        return new SeriesDigest
        {
            Samples = series.Count,
            First = series.Seconds[0],
            Last = series.Seconds[^1],
            Counted = counted,
            Busy = busy,
            PeakIops = peak,
            CommandsAborted = aborted,
            BusResets = resets,
            Filled = Enum.GetValues<DiskCounter>().Where(series.Fills).Aggregate(0UL, (bits, counter) => bits | (1UL << (int)counter)),
            Read = DirectionDigest.Of(
                series, DiskCounter.ReadIops, DiskCounter.ReadLatencyUs, DiskCounter.ReadLatencyMs, DiskCounter.ReadKilobytes, DiskCounter.ReadOutstanding),
            Write = DirectionDigest.Of(
                series, DiskCounter.WriteIops, DiskCounter.WriteLatencyUs, DiskCounter.WriteLatencyMs, DiskCounter.WriteKilobytes, DiskCounter.WriteOutstanding),
        };
    }

    /// <summary>Of both; they must not share a sample.</summary>
    public SeriesDigest Add(SeriesDigest other) => Samples == 0 ? other : other.Samples == 0 ? this : new SeriesDigest
    {
        Samples = Samples + other.Samples,
        First = Math.Min(First, other.First),
        Last = Math.Max(Last, other.Last),
        Counted = Counted + other.Counted,
        Busy = Busy + other.Busy,
        PeakIops = Math.Max(PeakIops, other.PeakIops),
        CommandsAborted = CommandsAborted + other.CommandsAborted,
        BusResets = BusResets + other.BusResets,
        Filled = Filled | other.Filled,
        Read = Read.Add(other.Read),
        Write = Write.Add(other.Write),
    };

    internal byte[] Encode()
    {
        var output = new ArrayBufferWriter<byte>();
        output.Write([Version]);
        foreach (var value in (ReadOnlySpan<long>)[Samples, First, Last, Counted, Busy, PeakIops, CommandsAborted, BusResets, (long)Filled])
        {
            Varint.Write(output, (ulong)value);
        }

        Read.Write(output);
        Write.Write(output);
        return output.WrittenSpan.ToArray();
    }

    /// <exception cref="InvalidDataException">The bytes are no digest, or damaged.</exception>
    internal static SeriesDigest Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 0 || bytes[0] != Version)
        {
            throw new InvalidDataException(bytes.Length == 0 ? "The digest is empty." : $"The digest has version {bytes[0]}, this program reads version {Version}.");
        }

        var reader = new Varint.Reader(bytes[1..]);
        return new SeriesDigest
        {
            Samples = (long)reader.Read(),
            First = (long)reader.Read(),
            Last = (long)reader.Read(),
            Counted = (long)reader.Read(),
            Busy = (long)reader.Read(),
            PeakIops = (long)reader.Read(),
            CommandsAborted = (long)reader.Read(),
            BusResets = (long)reader.Read(),
            Filled = reader.Read(),
            Read = DirectionDigest.Read(ref reader),
            Write = DirectionDigest.Read(ref reader),
        };
    }
}
