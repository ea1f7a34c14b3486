using Migrate.Executor.Validation.Latency;
using Migrate.Executor.Validation.Observation;

namespace Migrate.Executor.Tests.Validation.Observation;

public sealed class HistogramGridTests
{
    private static readonly long[] VscsiStats = [1, 10, 100, 500, 1000, 5000, 15_000, 30_000, 50_000, 100_000];

    [Fact]
    public void All_limits_of_vscsiStats_are_among_them() => VscsiStats.Except(HistogramGrid.LimitsUs).ShouldBeEmpty();

    /// <summary>So that a limit before is laid beside exactly what it may come to, rounded up to whole microseconds.</summary>
    [Fact]
    public void And_what_the_margins_make_of_each() => VscsiStats
        .SelectMany(us => new[] { LatencyMargins.Standard.OfLimit(us, 0.5), LatencyMargins.Standard.OfLimit(us, 0.001) })
        .Select(us => (long)Math.Ceiling(Math.Round(us, 6))).Except(HistogramGrid.LimitsUs).ShouldBeEmpty();

    [Fact]
    public void Boundaries_rise_and_put_an_IO_of_exactly_a_limit_into_the_lower_bin()
    {
        var boundaries = HistogramGrid.BoundariesNs(5).ToList();
        boundaries.Zip(boundaries.Skip(1), (a, b) => a < b).ShouldAllBe(x => x);
        boundaries[..^1].ShouldBe(HistogramGrid.LimitsUs.Select(x => (x * 1000) + 1));
    }

    [Fact]
    public void The_mark_is_found_again_and_nobody_elses_histogram_has_one()
    {
        var mark = HistogramGrid.NewMark();
        var boundaries = HistogramGrid.BoundariesNs(mark).ToList();
        HistogramGrid.MarkOf(boundaries).ShouldBe(mark);
        HistogramGrid.MarkOf(boundaries[..^1]).ShouldBeNull();
        HistogramGrid.MarkOf([.. boundaries.Skip(1), boundaries[^1] + 1]).ShouldBeNull();
        HistogramGrid.MarkOf([.. boundaries[..^1], 2_000_000_001]).ShouldBeNull("a boundary that parts I/Os is no mark");
        HistogramGrid.MarkOf([]).ShouldBeNull();
    }
}
