using Migrate.Planner.Scheduling;

namespace Migrate.Planner.Tests.Scheduling;

public sealed class SchedulerTests
{
    private static readonly SearchLimits Short = new() { Schedules = 300 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void What_is_found_keeps_orders_releases_and_capacities_and_is_never_shorter_than_its_bound(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 40; i++)
        {
            var project = SampleProjects.Random(random, activities: random.Next(1, 40));

            var found = Scheduler.Find(project, Short, TimeProvider.System, Cancel);

            SampleProjects.ShouldKeepAll(project, found.Schedule);
            found.Schedule.End.ShouldBeGreaterThanOrEqualTo(found.LowerBound);
        }
    }

    /// <summary>All orders are tried: the serial scheme makes an optimal schedule of one of them.</summary>
    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public void The_shortest_schedule_of_small_projects_is_found_and_the_bound_is_below_it(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 30; i++)
        {
            var project = SampleProjects.Random(random, activities: 6);
            var shortest = SampleProjects.Shortest(project);

            var found = Scheduler.Find(project, new SearchLimits(), TimeProvider.System, Cancel);

            found.Schedule.End.ShouldBe(shortest, $"project {i}");
            found.LowerBound.ShouldBeLessThanOrEqualTo(shortest);
        }
    }

    [Fact]
    public void One_seed_finds_one_schedule()
    {
        var project = SampleProjects.Random(new Random(7), activities: 60);

        var (one, same) = (Scheduler.Find(project, Short, TimeProvider.System, Cancel), Scheduler.Find(project, Short, TimeProvider.System, Cancel));

        same.Schedule.Starts.ShouldBe(one.Schedule.Starts);
        (same.Made, same.IsCutShort).ShouldBe((one.Made, false));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(77)]
    public void As_many_schedules_are_made_as_may_be_unless_the_shortest_is_found(int schedules)
    {
        var project = SampleProjects.Random(new Random(7), activities: 60);

        var found = Scheduler.Find(project, new SearchLimits { Schedules = schedules }, TimeProvider.System, Cancel);

        (found.Made, found.IsCutShort).ShouldBe((schedules, false));
        found.Gap.ShouldBeGreaterThan(0, "else this shows nothing");
    }

    [Fact]
    public void Nothing_runs_while_there_is_no_capacity_for_it()
    {
        var project = new Project(
            [new Resource("window", [new(0, 0), new(10, 1), new(14, 0), new(20, 1)])],
            [new("a", 3, [new(0, 1)], []), new("b", 3, [new(0, 1)], [])], 40);

        var found = Scheduler.Find(project, Short, TimeProvider.System, Cancel);

        ((int[])[.. found.Schedule.Starts.Order()]).ShouldBe([10, 20], "four slots of the first window hold one of three");
        found.Schedule.End.ShouldBe(23);
    }

    [Fact]
    public void More_schedules_make_none_worse()
    {
        var project = SampleProjects.Random(new Random(9), activities: 80);

        var ends = ((int[])[1, 50, 500, 2000]).Select(x => Scheduler.Find(project, new SearchLimits { Schedules = x }, TimeProvider.System, Cancel).Schedule.End).ToList();

        ends.ShouldAllBe(x => x <= ends[0]);
        ends[^1].ShouldBeLessThan(ends[0]);
    }

    [Fact]
    public void What_is_wrong_with_a_project_is_told_all_at_once()
    {
        var project = new Project(
            [new Resource("link", 2), new Resource("host", [new(5, 1)])],
            [new("copy", 3, [new(0, 3)], []), new("boot", 30, [new(7, 1)], [1]), new("late", 1, [], [], Release: 20)], 20);

        var refused = Should.Throw<MigrateException>(() => Scheduler.Find(project, Short, TimeProvider.System, Cancel));

        refused.Code.ShouldBe("schedule.impossible");
        refused.Message.ShouldContain("host is not told from the first slot on");
        refused.Message.ShouldContain("copy wants 3 of link, which never has more than 2");
        refused.Message.ShouldContain("boot lasts 30 slots");
        refused.Message.ShouldContain("boot waits for itself");
        refused.Message.ShouldContain("boot wants 1 of a resource 7");
        refused.Message.ShouldContain("late lasts 1 slots from 20 on");
    }

    [Fact]
    public void Those_that_wait_for_each_other_are_named()
    {
        var project = new Project([], [new("a", 1, [], [1]), new("b", 1, [], [0]), new("c", 1, [], [])], 10);

        Should.Throw<MigrateException>(() => Scheduler.Find(project, Short, TimeProvider.System, Cancel)).Message.ShouldContain("circle, or for those that do: a, b");
    }

    [Fact]
    public void A_horizon_that_is_too_short_is_named()
    {
        var project = new Project([new Resource("r", 1)], [.. Enumerable.Range(0, 5).Select(x => new Activity($"{x}", 3, [new(0, 1)], []))], 14);

        Should.Throw<MigrateException>(() => Scheduler.Find(project, Short, TimeProvider.System, Cancel)).Code.ShouldBe("schedule.horizon-short");
    }

    [Fact]
    public void A_project_without_activities_is_over_at_once() =>
        Scheduler.Find(new Project([new Resource("r", 1)], [], 10), Short, TimeProvider.System, Cancel).Schedule.End.ShouldBe(0);
}
