using Migrate.Executor.Validation.Latency;

namespace Migrate.Executor.Tests.Validation.Latency;

public sealed class EffectiveCountsTests
{
    private static readonly DateTime Start = new(2026, 3, 1, 0, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void Independent_I_Os_are_worth_about_as_many_as_they_are()
    {
        var random = new Random(7);
        var counts = Of(400, _ => (long)Enumerable.Range(0, 100).Count(_ => random.NextDouble() < 0.1));
        counts.Above(0).ShouldBe(0.1, 0.01);
        counts.Effective(0, 0.05).ShouldBeInRange(15_000, 40_000);
    }

    [Fact]
    public void I_Os_that_are_slow_together_are_worth_as_many_as_there_are_times_of_slowness()
    {
        // Whole blocks of ten intervals are slow or fast: 40 facts, however many I/Os there are.
        var random = new Random(7);
        var slow = Enumerable.Range(0, 40).Select(_ => random.NextDouble() < 0.3).ToArray();
        Of(400, i => slow[i / 10] ? 100 : 0).Effective(0, 0.05).ShouldBeInRange(25, 45);
    }

    [Fact]
    public void A_limit_that_no_I_O_was_above_is_worth_as_much_as_the_nearest_one_that_some_were()
    {
        var slow = Enumerable.Range(0, 40).Select(i => i % 4 == 0).ToArray();
        var intervals = Intervals(400, i => slow[i / 10] ? [0, 100, 0] : [100, 0, 0]);
        var counts = EffectiveCounts.Of(intervals, 2, 10);
        (counts.Above(0), counts.Above(1)).ShouldBe((0.25, 0));
        counts.Effective(1, 0.05).ShouldBe(counts.Effective(0, 0.05));
    }

    [Fact]
    public void A_histogram_without_time_is_worth_as_much_per_second_as_the_other_side()
    {
        var slow = Enumerable.Range(0, 40).Select(i => i % 4 == 0).ToArray();
        var after = Of(400, i => slow[i / 10] ? 100 : 0);
        var before = EffectiveCounts.Of([7500, 2500], seconds: 800, after, _ => 0);
        before.Above(0).ShouldBe(0.25);
        before.Blocks.ShouldBe(4);
        (before.Effective(0, 0.05) / EffectiveCounts.Shrink(4, 0.05)).ShouldBe(after.Effective(0, 0.05) / EffectiveCounts.Shrink(40, 0.05) / 10, 0.01);
    }

    [Fact]
    public void From_one_block_no_variance_is_known() => EffectiveCounts.Shrink(1, 0.05).ShouldBe(0);

    private static EffectiveCounts Of(int intervals, Func<int, long> above) => EffectiveCounts.Of(Intervals(intervals, i => above(i) is var slow ? [100 - slow, slow] : []), 1, 10);

    private static List<LatencyInterval> Intervals(int count, Func<int, long[]> counts) =>
        [.. Enumerable.Range(0, count).Select(i => new LatencyInterval(Start.AddSeconds(20 * (i + 1)), 20, 100, null, 500, counts(i)))];
}
