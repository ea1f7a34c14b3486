using Migrate.Executor.Validation;
using Migrate.Executor.Validation.Observation;

namespace Migrate.Executor.Tests.Validation.Observation;

public sealed class HistogramGridTests
{
    [Fact]
    public void All_limits_of_vscsiStats_are_among_them() => LatencyHistogram.LimitsUs.Except(HistogramGrid.LimitsUs).ShouldBeEmpty();

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
