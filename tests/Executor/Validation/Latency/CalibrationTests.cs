using Migrate.Benchmarks.Verdict;

namespace Migrate.Executor.Tests.Validation.Latency;

/// <summary>
/// A few days of a few made-up disks; the benchmark ("verdict") tries hundreds. Bounds are what a right verdict exceeds with a probability below one in ten thousand:
/// the draws are fixed, so that only a changed verdict changes the counts.
/// </summary>
public sealed class CalibrationTests
{
    private const int Pairs = 40;
    /// <summary>Of 40 with a probability of 5 %: more than 8 come once in ten thousand times.</summary>
    private const double MostOf5Percent = 8.0 / Pairs;
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    public static TheoryData<string> Disks => [.. LatencyWorld.All.Where(x => x.Name is "dependent (0.7)" or "by the hour" or "bursts (4 % of the time)").Select(x => x.Name)];

    [Theory, MemberData(nameof(Disks))]
    public void What_is_equal_does_not_fail_and_what_is_at_the_margin_does_not_pass(string disk)
    {
        var calibration = new Calibration(LatencyWorld.All.Single(x => x.Name == disk), Day, Day);
        calibration.Run(calibration.Moves()[0], histograms: false, Pairs).Fail.ShouldBeLessThanOrEqualTo(MostOf5Percent);
        foreach (var move in calibration.FiguresAtTheMargin())
        {
            calibration.Run(move, histograms: false, Pairs).Pass.ShouldBeLessThanOrEqualTo(MostOf5Percent, move.Name);
        }

        calibration.Run(calibration.LimitAtTheMargin(), histograms: true, Pairs).Pass.ShouldBeLessThanOrEqualTo(MostOf5Percent);
    }

    /// <summary>With a power of 90 % fewer than 28 of 40 come once in ten thousand times.</summary>
    [Theory]
    [InlineData("dependent (0.7)", false)]
    [InlineData("fast (90 µs)", false)]
    [InlineData("by the hour", true)]
    public void A_doubled_p99_is_found_in_a_day(string disk, bool histograms)
    {
        var calibration = new Calibration(LatencyWorld.All.Single(x => x.Name == disk), Day, Day);
        calibration.Run(calibration.Moves().Single(x => x.Name == "p99 doubled"), histograms, Pairs).Fail.ShouldBeGreaterThanOrEqualTo(28.0 / Pairs);
    }
}
