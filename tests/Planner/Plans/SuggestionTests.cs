using Migrate.Planner.Plans;

namespace Migrate.Planner.Tests.Plans;

public class SuggestionTests
{
    [Theory]
    [InlineData("web1", "web01")]
    [InlineData("WEB01", "web01")]
    [InlineData("databse", "database")]
    [InlineData("mail", null)]
    [InlineData("", null)]
    public void The_nearest_name_is_suggested_if_it_is_near(string typed, string? expected) =>
        Suggestion.For(typed, ["web01", "database", "files"]).ShouldBe(expected);

    [Theory]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("", "abc", 3)]
    [InlineData("same", "SAME", 0)]
    [InlineData("wbe01", "web01", 1)]
    public void The_distance_counts_slips_of_typing(string a, string b, int distance) => Suggestion.Distance(a, b).ShouldBe(distance);
}
