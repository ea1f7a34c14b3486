using Migrate.Planner.Waves;

namespace Migrate.Planner.Tests.Waves;

public sealed class WindowTextTests
{
    [Theory]
    [InlineData("Sat 22:00-06:00", 1, DayOfWeek.Saturday, 22, 480)]
    [InlineData("Mon-Fri 23:00-05:00", 5, DayOfWeek.Monday, 23, 360)]
    [InlineData("Fri-Mon 01:00-03:30", 4, DayOfWeek.Friday, 1, 150)]
    [InlineData("daily 22:00-04:00", 7, DayOfWeek.Sunday, 22, 360)]
    [InlineData("sat 08:00 36h", 1, DayOfWeek.Saturday, 8, 2160)]
    [InlineData("Sun 00:00-00:00", 1, DayOfWeek.Sunday, 0, 1440)]
    public void Openings_of_each_week(string text, int count, DayOfWeek first, int hour, int minutes)
    {
        var (windows, problems) = Parse(text);

        problems.ShouldBeEmpty();
        windows.Weekly.Count.ShouldBe(count);
        windows.Weekly[0].ShouldBe(new WeeklyWindow(first, new TimeOnly(hour, 0), minutes));
    }

    [Fact]
    public void Single_openings_are_by_the_clock_of_their_zone()
    {
        var (windows, problems) = Parse("2026-07-01 20:00/2026-07-02 04:00");

        problems.ShouldBeEmpty();
        windows.Single.ShouldHaveSingleItem().ShouldBe(new SingleWindow(new DateTime(2026, 7, 1, 19, 0, 0, DateTimeKind.Utc), new DateTime(2026, 7, 2, 3, 0, 0, DateTimeKind.Utc)));
    }

    [Theory]
    [InlineData("Sam 22:00-06:00")]
    [InlineData("Sat 25:00-06:00")]
    [InlineData("Sat 22:00")]
    [InlineData("Sat 22:00 999h")]
    [InlineData("2026-07-02 04:00/2026-07-01 20:00")]
    [InlineData("2026-03-29 01:30/2026-03-29 06:00")] // The clock leaves it out.
    public void What_cannot_be_read_is_quoted(string text) => Parse(text).Problems.ShouldHaveSingleItem().ShouldContain($"'{text}'");

    private static (WindowSet Windows, List<string> Problems) Parse(string text)
    {
        List<string> problems = [];
        return (WindowText.Parse(new WindowRule("w", [text], "Europe/Lisbon"), problems), problems);
    }
}
