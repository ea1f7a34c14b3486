using Migrate.Executor.Validation.Observation;

namespace Migrate.Executor.Tests.Validation.Observation;

public sealed class LookScheduleTests
{
    private static readonly TimeSpan First = TimeSpan.FromMinutes(20);
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);

    [Fact]
    public void Looks_are_at_the_first_time_and_at_twice_the_last_one_until_the_most()
    {
        Enumerable.Range(1, 5).Select(x => LookSchedule.At(x, First, TimeSpan.FromMinutes(130)).TotalMinutes).ShouldBe([20, 40, 80, 130, 130]);
        LookSchedule.At(1, First, First).ShouldBe(First);
        LookSchedule.At(int.MaxValue, First, Week).ShouldBe(Week);
    }

    [Fact]
    public void No_look_is_wasted_on_a_time_that_cannot_decide()
    {
        var (short_, most) = (TimeSpan.FromSeconds(30), TimeSpan.FromHours(1));
        Enumerable.Range(1, 3).Select(x => LookSchedule.At(x, short_, most).TotalSeconds).ShouldBe([1000, 2000, 3600]);
        LookSchedule.At(1, short_, short_).ShouldBe(short_, "the only look is when it was asked for");
        LookSchedule.At(1, short_, TimeSpan.FromMinutes(5)).ShouldBe(TimeSpan.FromMinutes(5));
        LookSchedule.AlphaOf(1, short_, TimeSpan.FromMinutes(5)).ShouldBe(LookSchedule.Alpha);
    }

    [Fact]
    public void All_looks_together_take_no_more_than_the_whole_error()
    {
        List<double> shares = [];
        for (var look = 1; shares.Count == 0 || LookSchedule.At(look - 1, First, Week) < Week; look++)
        {
            shares.Add(LookSchedule.AlphaOf(look, First, Week));
        }

        (shares.Count, shares[0], shares[1]).ShouldBe((10, 0.025, 0.0125));
        shares.Sum().ShouldBeLessThan(LookSchedule.Alpha);
        LookSchedule.AlphaOf(1, First, First).ShouldBe(LookSchedule.Alpha, "the only look takes all of it");
    }
}
