using Migrate.Planner.Baselines;
using Migrate.Planner.Baselines.Digests;
using Migrate.Planner.Baselines.Series;

namespace Migrate.Planner.Tests.Baselines.Digests;

public sealed class SeriesDigestTests
{
    [Fact]
    public void Digests_of_blocks_add_up_to_the_digest_of_the_whole_and_survive_storage()
    {
        var series = Sample(4000);
        var whole = SeriesDigest.Of(series);

        var sum = SampleBlocks.Cut(series).Select(block => SeriesDigest.Decode(SeriesDigest.Of(block.Part).Encode())).Aggregate(SeriesDigest.Empty, (a, b) => a.Add(b));

        SampleBlocks.Cut(series).Count().ShouldBeGreaterThan(3);
        sum.Encode().ShouldBe(whole.Encode());
        (sum.Samples, sum.First, sum.Last).ShouldBe((series.Count, series.Seconds[0], series.Seconds[^1]));
        SeriesDigest.Empty.Add(whole).Encode().ShouldBe(whole.Encode());
    }

    [Fact]
    public void Its_figures_are_those_of_the_samples()
    {
        var series = Sample(2000);
        var digest = SeriesDigest.Of(series);
        var rows = Enumerable.Range(0, series.Count).ToList();

        digest.Busy.ShouldBe(rows.Count(i => series[DiskCounter.ReadIops, i] > 0 || series[DiskCounter.WriteIops, i] > 0));
        digest.Counted.ShouldBe(rows.Count(i => series[DiskCounter.ReadIops, i] >= 0 || series[DiskCounter.WriteIops, i] >= 0));
        digest.PeakIops.ShouldBe(rows.Max(i => Math.Max(0, series[DiskCounter.ReadIops, i]) + Math.Max(0, series[DiskCounter.WriteIops, i])));
        digest.Fills(DiskCounter.ReadLatencyUs).ShouldBeTrue();
        digest.Fills(DiskCounter.SmallSeeks).ShouldBeFalse();
        double[] latencies = [.. rows.Where(i => series[DiskCounter.ReadIops, i] > 0 && series[DiskCounter.ReadLatencyUs, i] >= 0).Select(i => (double)series[DiskCounter.ReadLatencyUs, i]).Order()];
        digest.Read.Means.Count.ShouldBe(latencies.Length);
        foreach (var share in (double[])[0.01, 0.5, 0.95, 1])
        {
            var exact = DirectionSummary.Percentile(latencies, share)!.Value;
            ((double)digest.Read.Means.Percentile(share)!.Value).ShouldBeInRange(exact, exact * 1.0626);
        }
    }

    [Theory]
    [InlineData(0), InlineData(1), InlineData(15), InlineData(16), InlineData(31), InlineData(32), InlineData(33), InlineData(1000), InlineData(1_000_000_007)]
    public void A_bin_holds_its_value_and_is_narrow(long value)
    {
        var limit = MeansHistogram.Of([value]).Percentile(0.5)!.Value;
        limit.ShouldBeInRange(value, value + (value / 16));
        MeansHistogram.Of([limit + 1, value]).Percentile(0.5).ShouldBe(limit, "the next value is in the next bin");
    }

    [Fact]
    public void What_is_no_digest_is_refused()
    {
        Should.Throw<InvalidDataException>(() => SeriesDigest.Decode([]));
        Should.Throw<InvalidDataException>(() => SeriesDigest.Decode([9, 1, 2]));
        var whole = SeriesDigest.Of(Sample(50)).Encode();
        Should.Throw<InvalidDataException>(() => SeriesDigest.Decode(whole.AsSpan(0, whole.Length / 2)));
    }

    /// <summary>With idle intervals, missing values and a latency that wanders.</summary>
    private static SampleSeries Sample(int count)
    {
        var random = new Random(7);
        long[] seconds = [.. Enumerable.Range(0, count).Select(i => 1_772_438_400L + (20L * i))];
        long[] Column(Func<long> next) => [.. seconds.Select(_ => random.Next(10) == 0 ? SampleSeries.Missing : next())];
        return SampleSeries.Of(seconds, new Dictionary<DiskCounter, long[]>
        {
            [DiskCounter.ReadIops] = Column(() => random.Next(3) == 0 ? 0 : random.Next(5000)),
            [DiskCounter.WriteIops] = Column(() => random.Next(900)),
            [DiskCounter.ReadLatencyUs] = Column(() => (long)Math.Exp(random.NextDouble() * 12)),
            [DiskCounter.WriteLatencyMs] = Column(() => random.Next(30)),
            [DiskCounter.WriteKilobytes] = Column(() => random.Next(100_000)),
            [DiskCounter.ReadOutstanding] = Column(() => random.Next(64)),
        });
    }
}
