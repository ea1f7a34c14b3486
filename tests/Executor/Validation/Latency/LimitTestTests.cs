using Migrate.Executor.Validation.Latency;

namespace Migrate.Executor.Tests.Validation.Latency;

public sealed class LimitTestTests
{
    private static readonly LatencyMargins NoMargin = new() { Relative = 0, RelativeOfTail = 0, AbsoluteUs = 0, Share = 0, Deviation = 0 };

    /// <summary>10 of 100, two-sided 95 %: 0.0552 to 0.1744.</summary>
    [Fact]
    public void The_bounds_of_a_share_are_Wilsons()
    {
        var (lower, upper) = LimitTest.Wilson(0.1, 100, 0.025);
        lower.ShouldBe(0.0552, 0.0001);
        upper.ShouldBe(0.1744, 0.0001);
    }

    [Fact]
    public void Of_no_I_O_above_nothing_is_known_below_and_something_above()
    {
        var (lower, upper) = LimitTest.Wilson(0, 1000, 0.05);
        lower.ShouldBe(0, 1e-12);
        upper.ShouldBe(2.7055 / 1002.7055, 1e-6);
        LimitTest.Wilson(0.5, 0, 0.05).ShouldBe((0, 1));
    }

    /// <summary>Newcombe 1998, table II: 56/70 and 48/80, method 10: 0.0524 to 0.3339.</summary>
    [Fact]
    public void The_bounds_of_a_difference_are_Newcombes()
    {
        var (lower, upper) = Test(48.0 / 80, 80, 56.0 / 70, 70, NoMargin).Bounds(0.025);
        lower.ShouldBe(0.0524, 0.0001);
        upper.ShouldBe(0.3339, 0.0001);
    }

    [Fact]
    public void The_probability_of_failing_is_the_error_at_which_it_begins_to_fail()
    {
        var test = Test(0.01, 3000, 0.022, 3000, LatencyMargins.Standard);
        var at = test.FailProbability;
        at.ShouldBeInRange(0.001, 0.05);
        test.Fails(at * 1.01).ShouldBeTrue();
        test.Fails(at * 0.99).ShouldBeFalse();
        Test(0.01, 20_000, 0.01, 20_000, LatencyMargins.Standard).FailProbability.ShouldBe(1);
    }

    [Fact]
    public void A_limit_is_laid_beside_what_the_margin_makes_of_it()
    {
        // 500 with many I/Os above becomes 600, with few 650; nothing belongs to 5000 (5550) that is not more than a quarter beyond.
        LimitTest.Pairs([500, 5000], [0.2, 0.04], [500, 600, 650, 7500], LatencyMargins.Standard).ShouldBe(new Dictionary<int, int> { [0] = 1 });
        LimitTest.Pairs([500, 5000], [0.02, 0.04], [500, 600, 650, 5550], LatencyMargins.Standard).ShouldBe(new Dictionary<int, int> { [0] = 2, [1] = 3 });
    }

    /// <summary>Student's t: 6.3138 with one degree at 5 %, 1.6449 with very many; 1/(π·α) with one degree far out.</summary>
    [Theory]
    [InlineData(1, 0.05, 6.3138)]
    [InlineData(10, 0.025, 2.2281)]
    [InlineData(1e6, 0.05, 1.6449)]
    [InlineData(1, 1e-9, 3.1831e8)]
    [InlineData(2, 1e-9, 22_360.7)]
    public void Quantiles_are_found_however_far_out_they_are(double freedom, double alpha, double quantile) =>
        StudentQuantile.Upper(freedom, alpha).ShouldBe(quantile, quantile * 1e-4);

    private static LimitTest Test(double before, double countBefore, double after, double countAfter, LatencyMargins margins) =>
        new(1000, 1150, before, after, _ => countBefore, _ => countAfter, margins);
}
