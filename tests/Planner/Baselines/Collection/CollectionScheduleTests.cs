using Migrate.Planner.Baselines.Collection;

namespace Migrate.Planner.Tests.Baselines.Collection;

public sealed class CollectionScheduleTests
{
    private static readonly Guid A = Guid.NewGuid();
    private static readonly Guid B = Guid.NewGuid();

    [Fact]
    public void New_sources_are_polled_at_once_and_then_about_every_quarter_of_an_hour()
    {
        var time = new SettableTime(CollectionBench.Start);
        var schedule = new CollectionSchedule(time, new Random(1));
        schedule.TakeDue([A, B]).ShouldBe([A, B]);
        schedule.Succeeded(A);
        schedule.TakeDue([A, B]).ShouldBe([B]);
        time.Now += TimeSpan.FromMinutes(13);
        schedule.TakeDue([A]).ShouldBeEmpty();
        time.Now += TimeSpan.FromMinutes(4);
        schedule.TakeDue([A]).ShouldBe([A]);
    }

    [Fact]
    public void Whatever_fails_and_comes_back_within_forty_minutes_is_polled_before_the_hour_is_over()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var time = new SettableTime(CollectionBench.Start);
            var schedule = new CollectionSchedule(time, new Random(seed));
            schedule.TakeDue([A]);
            schedule.Succeeded(A);
            var back = time.Now.AddMinutes(40);
            for (var tries = 0; ; time.Now += TimeSpan.FromSeconds(30))
            {
                if (schedule.TakeDue([A]).Count == 0)
                {
                    continue;
                }

                if (time.Now >= back)
                {
                    tries.ShouldBeLessThan(12);
                    break;
                }

                tries++;
                schedule.Failed(A);
            }

            (time.Now - CollectionBench.Start).ShouldBeLessThan(TimeSpan.FromMinutes(58));
        }
    }
}
