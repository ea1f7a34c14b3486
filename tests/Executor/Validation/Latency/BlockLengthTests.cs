using Migrate.Executor.Validation.Latency;

namespace Migrate.Executor.Tests.Validation.Latency;

public sealed class BlockLengthTests
{
    [Fact]
    public void Independent_values_ask_for_no_blocks() => BlockLength.Asked(Series(4000, 0)).ShouldBeLessThan(6);

    /// <summary>For an autoregression with coefficient c the best length is (6c² / (1 − c²)²)^(1/3) · n^(1/3), as 2G²/D is that there.</summary>
    [Theory]
    [InlineData(0.5)]
    [InlineData(0.8)]
    [InlineData(0.9)]
    public void The_more_values_depend_on_their_neighbours_the_longer_are_the_blocks(double coefficient)
    {
        var best = Math.Cbrt(6 * coefficient * coefficient / Math.Pow(1 - (coefficient * coefficient), 2)) * Math.Cbrt(20_000);
        BlockLength.Asked(Series(20_000, coefficient)).ShouldBeInRange(best / 2, best * 2);
    }

    [Fact]
    public void Values_that_never_change_ask_for_no_blocks() => BlockLength.Asked(new double[500]).ShouldBe(1);

    [Fact]
    public void A_block_is_ten_minutes_at_least_and_an_eighth_of_the_series_at_most()
    {
        BlockLength.Of(Of(4320, 0)).ShouldBe(30);
        BlockLength.Of(Of(100, 0.99)).ShouldBeLessThanOrEqualTo(12);
    }

    private static WeightedSeries Of(int count, double coefficient)
    {
        var logs = Series(count, coefficient);
        List<LatencyInterval> intervals = [.. logs.Select((x, i) => new LatencyInterval(DateTime.UnixEpoch.AddSeconds(20 * i), 20, 1000, null, 300 * Math.Exp(0.2 * x)))];
        return WeightedSeries.Of(intervals, _ => 1, _ => 0);
    }

    private static double[] Series(int count, double coefficient)
    {
        var random = new Random(11);
        var series = new double[count];
        double state = 0;
        for (var i = 0; i < count; i++)
        {
            var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            series[i] = state = (coefficient * state) + (Math.Sqrt(1 - (coefficient * coefficient)) * normal);
        }

        return series;
    }
}
