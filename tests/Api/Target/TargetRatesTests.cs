using Migrate.Api.Target;
using Migrate.Target.AdminApi;
using Migrate.Target.Statistics;

namespace Migrate.Api.Tests.Target;

public sealed class TargetRatesTests
{
    [Fact]
    public void Two_readings_give_rates_and_the_latencies_of_what_came_between_them()
    {
        var rates = new TargetRates();
        rates.Add(Sums(1000, 4_096_000, 1, (4, 1000)), Sums(1100, 4_505_600, 1.5, (4, 1000), (8, 90), (20, 10)));
        var view = rates.View(5);
        var read = view.Classes.ShouldHaveSingleItem();
        (read.Class, read.Commands, read.Iops, read.BytesPerSecond).ShouldBe(("read", 1100, 20, 81_920));
        view.Iops.ShouldBe(20);
        read.Latency!.MeanMicroseconds.ShouldBe(5000, 0.001);
        read.Latency.P50Microseconds.ShouldBe(LatencyBuckets.UpperBoundNanoseconds(8) / 1e3, "those of before are not counted");
        read.Latency.P99Microseconds.ShouldBe(LatencyBuckets.UpperBoundNanoseconds(20) / 1e3);
        read.Latency.Bands.ShouldBe([new(4.096, 90), new(8.192, 0), new(16.384, 0), new(32.768, 10)]);
        var error = view.Errors.ShouldHaveSingleItem();
        (error.Status, error.Commands, error.PerSecond).ShouldBe(("0x302", 11, 2));
    }

    [Fact]
    public void Sums_that_began_anew_happened_since_and_a_first_reading_says_no_rate()
    {
        var rates = new TargetRates();
        rates.Add(Sums(1000, 4_096_000, 1, (4, 1000)), Sums(10, 40_960, 0.01, (4, 10)));
        rates.View(5).Iops.ShouldBe(2);

        var first = new TargetRates();
        first.Add(null, Sums(10, 40_960, 0.01, (4, 10)));
        var view = first.View(0);
        (view.Iops, view.BytesPerSecond, view.Classes[0].Commands, view.Classes[0].Latency).ShouldBe((0, 0, 10, null));
    }

    private static StatisticsView Sums(long commands, long bytes, double seconds, params (int Bucket, long Commands)[] latencies)
    {
        var buckets = new long[LatencyBuckets.Count];
        foreach (var (bucket, count) in latencies)
        {
            buckets[bucket] = count;
        }

        return new StatisticsView(
            new Dictionary<string, ClassView> { ["read"] = new(commands, bytes, seconds, null, null, null, buckets) }, new Dictionary<string, long> { ["0x302"] = commands > 1000 ? 11 : 1 });
    }
}
