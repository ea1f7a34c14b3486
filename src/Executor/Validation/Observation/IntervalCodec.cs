using System.Buffers;
using System.IO.Compression;
using Migrate.Planner.Baselines.Series;

namespace Migrate.Executor.Validation.Observation;

/// <summary>
/// Intervals as bytes: numbers in as many bytes as they need, of histograms only the bins that hold something, and all of it through Brotli.
/// </summary>
internal static class IntervalCodec
{
    private const byte Version = 1;
    private const int Quality = 6;
    private const int Window = 20;
    /// <summary>Ten times what a block can hold; more than that is damage and not data.</summary>
    private const int MostIntervals = 10 * ObservationStore.IntervalsPerBlock;

    /// <summary>Most intervals of most guests have no flushes, many nothing at all: a week of them shares this.</summary>
    private static readonly long[] NoBins = new long[HistogramGrid.Bins];

    public static byte[] Encode(IReadOnlyList<ObservedInterval> intervals)
    {
        var plain = new ArrayBufferWriter<byte>();
        Varint.Write(plain, (ulong)intervals.Count);
        Varint.Write(plain, (ulong)HistogramGrid.Bins);
        Varint.Write(plain, (ulong)(intervals.Count == 0 ? 0 : intervals[0].Disks.Count));
        long before = 0;
        foreach (var interval in intervals)
        {
            var at = Milliseconds(interval.EndedAt);
            Varint.WriteSigned(plain, at - before);
            before = at;
            Varint.Write(plain, (ulong)interval.Milliseconds);
            Varint.Write(plain, (ulong)interval.Marks);
            foreach (var disk in interval.Disks)
            {
                Write(plain, disk);
            }
        }

        var packed = new byte[1 + BrotliEncoder.GetMaxCompressedLength(plain.WrittenCount)];
        packed[0] = Version;
        return BrotliEncoder.TryCompress(plain.WrittenSpan, packed.AsSpan(1), out var written, Quality, Window)
            ? packed[..(1 + written)]
            : throw new InvalidOperationException("Brotli needs more room than it says it needs at most.");
    }

    /// <exception cref="InvalidDataException">The bytes are no block, or damaged.</exception>
    public static IReadOnlyList<ObservedInterval> Decode(byte[] block)
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
        var (count, bins, disks) = (reader.Read(), reader.Read(), reader.Read());
        if (count > MostIntervals || bins != (ulong)HistogramGrid.Bins || disks > 1024)
        {
            throw new InvalidDataException($"The block claims {count} intervals of {disks} disks with {bins} bins.");
        }

        List<ObservedInterval> intervals = [];
        long at = 0;
        for (var i = 0; i < (int)count; i++)
        {
            at += reader.ReadSigned();
            var (length, marks) = ((long)reader.Read(), (IntervalMarks)reader.Read());
            var totals = new DiskTotals?[disks];
            for (var disk = 0; disk < totals.Length; disk++)
            {
                totals[disk] = Read(ref reader);
            }

            intervals.Add(new ObservedInterval(DateTime.UnixEpoch.AddMilliseconds(at), length, marks, totals));
        }

        return intervals;
    }

    private static long Milliseconds(DateTime at) => (at - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMillisecond;

    private static void Write(ArrayBufferWriter<byte> output, DiskTotals? disk)
    {
        Varint.Write(output, disk is null ? 0UL : 1);
        if (disk is null)
        {
            return;
        }

        Write(output, disk.Read);
        Write(output, disk.Write);
        Write(output, disk.Flush);
        Varint.Write(output, (ulong)disk.UnmapOperations);
        Varint.Write(output, (ulong)disk.UnmapBytes);
        Varint.Write(output, (ulong)disk.Failed);
    }

    private static void Write(ArrayBufferWriter<byte> output, DirectionTotals direction)
    {
        Varint.Write(output, (ulong)direction.Operations);
        Varint.Write(output, (ulong)direction.Bytes);
        Varint.Write(output, (ulong)direction.Nanoseconds);
        Varint.Write(output, (ulong)direction.Bins.Count(x => x > 0));
        var before = 0;
        for (var bin = 0; bin < direction.Bins.Count; bin++)
        {
            if (direction.Bins[bin] > 0)
            {
                Varint.Write(output, (ulong)(bin - before));
                Varint.Write(output, (ulong)direction.Bins[bin]);
                before = bin;
            }
        }
    }

    private static DiskTotals? Read(ref Varint.Reader reader) => reader.Read() == 0
        ? null
        : new DiskTotals(ReadDirection(ref reader), ReadDirection(ref reader), ReadDirection(ref reader), (long)reader.Read(), (long)reader.Read(), (long)reader.Read());

    private static DirectionTotals ReadDirection(ref Varint.Reader reader)
    {
        var (operations, bytes, nanoseconds, filled) = ((long)reader.Read(), (long)reader.Read(), (long)reader.Read(), reader.Read());
        if (filled == 0)
        {
            return new DirectionTotals(operations, bytes, nanoseconds, NoBins);
        }

        var bins = new long[HistogramGrid.Bins];
        ulong bin = 0;
        for (ulong i = 0; i < filled; i++)
        {
            bin += reader.Read();
            if (bin >= (ulong)bins.Length)
            {
                throw new InvalidDataException($"The block has a bin {bin} of {bins.Length}.");
            }

            bins[bin] = (long)reader.Read();
        }

        return new DirectionTotals(operations, bytes, nanoseconds, bins);
    }
}
