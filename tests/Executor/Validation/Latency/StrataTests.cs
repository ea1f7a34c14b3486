using Migrate.Executor.Validation.Latency;

namespace Migrate.Executor.Tests.Validation.Latency;

public sealed class StrataTests
{
    private static readonly DateTime Day = new(2026, 3, 2, 0, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void Only_hours_that_both_sides_have_are_compared()
    {
        var strata = Strata.Of(Hours(Day, 0, 4), Hours(Day.AddDays(7), 3, 6));
        (strata.Hours, strata.CommonHours).ShouldBe((4, 1));
        strata.Coverage.ShouldBe(0.25, 0.01);
        strata.Before.Count.ShouldBe(180);
        strata.After.Count.ShouldBe(180);
    }

    [Fact]
    public void Another_load_is_not_compared()
    {
        // Five loads before, of which only the highest comes after.
        var before = Enumerable.Range(0, 900).Select(i => At(Day, i % 180, 100 * (1 + (i / 180)))).OrderBy(x => x.EndedAt).ToList();
        var strata = Strata.Of(before, [.. Enumerable.Range(0, 180).Select(i => At(Day.AddDays(7), i, 500))]);
        strata.Before.Count.ShouldBe(180);
        strata.Coverage.ShouldBe(5.0 / 15, 0.01);
    }

    [Fact]
    public void What_came_more_often_after_counts_for_as_much_as_before()
    {
        // Before: half an hour at 100 µs in the first hour, half at 300 µs in the second. After: the second hour lasts for three days.
        var before = Hours(Day, 0, 1, us: 100).Concat(Hours(Day, 1, 2, us: 300)).ToList();
        var after = Hours(Day.AddDays(7), 0, 1, us: 100).Concat(Hours(Day.AddDays(7), 1, 2, us: 300)).Concat(Hours(Day.AddDays(8), 1, 2, us: 300)).Concat(Hours(Day.AddDays(9), 1, 2, us: 300)).ToList();
        var strata = Strata.Of(before, after);
        strata.Before.Figures()[0].ShouldBe(200, 0.01);
        strata.After.Figures()[0].ShouldBe(200, 0.01);
    }

    [Fact]
    public void With_a_week_on_both_sides_days_of_the_week_are_told_apart()
    {
        var strata = Strata.Of(Hours(Day, 0, 7 * 24), Hours(Day.AddDays(14), 0, 7 * 24));
        (strata.Hours, strata.CommonHours, strata.Coverage).ShouldBe((168, 168, 1));
    }

    [Fact]
    public void Of_nothing_nothing_is_compared() => Strata.Of([], Hours(Day, 0, 1)).Coverage.ShouldBe(0);

    private static List<LatencyInterval> Hours(DateTime day, int from, int to, double us = 200) =>
        [.. Enumerable.Range(from * 180, (to - from) * 180).Select(i => At(day, i, 100, us))];

    private static LatencyInterval At(DateTime day, int index, double iops, double us = 200) => new(day.AddSeconds(20 * (index + 1)), 20, iops * 20, null, us);
}
