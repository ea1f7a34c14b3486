using System.Diagnostics;
using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;
using Migrate.Target.Statistics;

namespace Migrate.Target.Tests.Statistics;

public sealed class LatencyBucketsTests
{
    [Fact]
    public void Each_time_lies_below_its_buckets_bound_and_not_below_that_of_the_bucket_before()
    {
        var times = Enumerable.Range(0, 3000).Select(i => (long)(100 * Math.Pow(1.01, i))).TakeWhile(t => t < 40_000_000_000).ToList();
        times.AddRange([0, 1, 1023, 1024, 1279, 1280, 34_359_738_367, 34_359_738_368, long.MaxValue / 2]);
        foreach (var nanoseconds in times)
        {
            var bucket = LatencyBuckets.Of((long)(nanoseconds * (Stopwatch.Frequency / 1e9)));
            nanoseconds.ShouldBeLessThan(LatencyBuckets.UpperBoundNanoseconds(bucket));
            (bucket == 0 || nanoseconds >= LatencyBuckets.UpperBoundNanoseconds(bucket - 1)).ShouldBeTrue($"{nanoseconds} ns in bucket {bucket}");
        }
    }

    [Fact]
    public void Percentiles_are_at_most_a_quarter_too_long()
    {
        var connection = new ConnectionStatistics("host");
        var one = new Namespace(Guid.NewGuid(), 1, 1 << 20, 512, new BackingPlace("/nowhere", null));
        for (var microseconds = 1; microseconds <= 1000; microseconds++)
        {
            connection.Record(one, CommandClass.Read, 0, microseconds * Stopwatch.Frequency / 1_000_000, NvmeStatus.Success);
        }

        var totals = new CommandTotals();
        connection.Counters.ShouldHaveSingleItem().AddTo(totals);
        foreach (var (part, exact) in new[] { (0.5, 500), (0.9, 900), (0.99, 990), (1.0, 1000) })
        {
            totals.Percentile(CommandClass.Read, part)!.Value.TotalMicroseconds.ShouldBeInRange(exact, exact * 1.26);
        }

        totals.Percentile(CommandClass.Write, 0.5).ShouldBeNull();
        totals.Time(CommandClass.Read).TotalMicroseconds.ShouldBe(500_500, tolerance: 1);
    }
}
