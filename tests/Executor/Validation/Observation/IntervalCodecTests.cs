using Migrate.Executor.Validation.Observation;

namespace Migrate.Executor.Tests.Validation.Observation;

public sealed class IntervalCodecTests
{
    private static readonly DateTime Start = new(2026, 3, 1, 12, 0, 0, 123, DateTimeKind.Utc);

    [Fact]
    public void What_is_written_is_read()
    {
        var random = new Random(3);
        List<ObservedInterval> intervals =
        [
            .. Enumerable.Range(0, 180).Select(i => new ObservedInterval(
                Start.AddSeconds(i == 90 ? -5 : 20 * i), i == 7 ? 90_000_000 : 20_000, (IntervalMarks)(i % 2), [i % 11 == 0 ? null : Totals(random), i == 3 ? null : Totals(random)])),
        ];
        var read = IntervalCodec.Decode(IntervalCodec.Encode(intervals));
        read.Count.ShouldBe(intervals.Count);
        foreach (var (was, now) in intervals.Zip(read))
        {
            (now.EndedAt, now.EndedAt.Kind, now.Milliseconds, now.Marks).ShouldBe((was.EndedAt, DateTimeKind.Utc, was.Milliseconds, was.Marks));
            foreach (var (before, after) in was.Disks.Zip(now.Disks))
            {
                (after is null).ShouldBe(before is null);
                if (after is null || before is null)
                {
                    continue;
                }

                (after.UnmapOperations, after.UnmapBytes, after.Failed).ShouldBe((before.UnmapOperations, before.UnmapBytes, before.Failed));
                foreach (var (x, y) in new[] { (before.Read, after.Read), (before.Write, after.Write), (before.Flush, after.Flush) })
                {
                    (y.Operations, y.Bytes, y.Nanoseconds).ShouldBe((x.Operations, x.Bytes, x.Nanoseconds));
                    y.Bins.ShouldBe(x.Bins);
                }
            }
        }
    }

    /// <summary>docs/observation.md names these figures.</summary>
    [Theory]
    [InlineData(2000, 750_000)]
    [InlineData(20, 360_000)]
    [InlineData(0, 50_000)]
    public void A_day_of_a_disk_takes_no_more_than_is_promised(double iops, int mostBytes)
    {
        var random = new Random(5);
        var bytes = 0L;
        for (var hour = 0; hour < 24; hour++)
        {
            bytes += IntervalCodec.Encode([.. Enumerable.Range(0, 180).Select(i => new ObservedInterval(
                Start.AddHours(hour).AddSeconds(20 * i).AddMilliseconds(random.Next(50)), 19_950 + random.Next(100), IntervalMarks.None,
                [new DiskTotals(Load(random, iops * 14), Load(random, iops * 6), Load(random, iops / 10), 0, 0, 0)]))]).Length;
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{iops} IOPS: {bytes} bytes in a day");
        bytes.ShouldBeLessThan(mostBytes);
    }

    [Fact]
    public void Damage_is_told_and_never_read_as_figures()
    {
        var block = IntervalCodec.Encode([new ObservedInterval(Start, 20_000, IntervalMarks.None, [Totals(new Random(1))])]);
        Should.Throw<InvalidDataException>(() => IntervalCodec.Decode([]));
        Should.Throw<InvalidDataException>(() => IntervalCodec.Decode([9, .. block[1..]]));
        Should.Throw<Exception>(() => IntervalCodec.Decode(block[..(block.Length / 2)])).ShouldBeOfType<InvalidDataException>();
    }

    /// <summary>About so many I/Os, whose times are lognormal around 300 µs.</summary>
    private static DirectionTotals Load(Random random, double expected)
    {
        var bins = new long[HistogramGrid.Bins];
        var operations = (long)(expected * (0.5 + random.NextDouble()));
        long nanoseconds = 0, sampled = Math.Min(operations, 400);
        for (var i = 0L; i < sampled; i++)
        {
            var us = 300 * Math.Exp(0.8 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(Math.Tau * random.NextDouble()));
            bins[HistogramGrid.LimitsUs.Count(x => us > x)] += operations / sampled;
            nanoseconds += (long)(us * 1000) * (operations / sampled);
        }

        for (var bin = 0; bin < bins.Length; bin++)
        {
            bins[bin] += bins[bin] > 0 ? random.Next(7) : 0; // Nothing is a multiple of anything.
        }

        return new DirectionTotals(bins.Sum(), bins.Sum() * 8192, nanoseconds + random.Next(1000), bins);
    }

    private static DiskTotals Totals(Random random) => new(Direction(random), Direction(random), Direction(random), random.Next(9), random.NextInt64(1L << 40), random.Next(2));

    private static DirectionTotals Direction(Random random)
    {
        var bins = new long[HistogramGrid.Bins];
        for (var i = 0; i < 8; i++)
        {
            bins[random.Next(bins.Length)] = random.Next(1000);
        }

        return new DirectionTotals(bins.Sum(), random.NextInt64(1L << 50), random.NextInt64(1L << 50), bins);
    }
}
