using Migrate.Executor.Copy;

namespace Migrate.Executor.Tests.Copy;

public sealed class NonZeroRunsTests
{
    [Fact]
    public void An_extent_of_zeroes_has_none() => NonZeroRuns.In(new byte[Extent.Size]).ShouldBeEmpty();

    [Fact]
    public void A_byte_in_the_middle_costs_one_granule()
    {
        var extent = new byte[Extent.Size];
        extent[(100 * 4096) + 17] = 1;
        NonZeroRuns.In(extent).ShouldBe([(100 * 4096)..(101 * 4096)]);
    }

    [Fact]
    public void A_hole_shorter_than_64_KiB_is_sent_and_a_longer_one_is_not()
    {
        var extent = new byte[Extent.Size];
        extent[0] = extent[15 * 4096] = extent[(15 + 17) * 4096] = 1;
        NonZeroRuns.In(extent).ShouldBe([0..(16 * 4096), (32 * 4096)..(33 * 4096)]);
    }

    [Theory, InlineData(512), InlineData(4608), InlineData(Extent.Size - 512)]
    public void A_short_last_extent_is_covered_to_its_end(int length)
    {
        var extent = new byte[length];
        extent[^1] = 1;
        NonZeroRuns.In(extent)[^1].End.Value.ShouldBe(length);
    }
}
