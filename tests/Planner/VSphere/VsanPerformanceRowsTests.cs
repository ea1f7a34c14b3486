using System.Xml.Linq;
using Migrate.Planner.Baselines.Series;
using Migrate.Planner.VSphere.Storage;

namespace Migrate.Planner.Tests.VSphere;

public sealed class VsanPerformanceRowsTests
{
    private static readonly IReadOnlyDictionary<string, string> Units = new Dictionary<string, string> { ["iopsRead"] = "number" };
    private static readonly DateTime From = new(2026, 3, 2, 8, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void A_time_that_is_none_costs_its_own_sample_and_is_named()
    {
        var (series, problem) = VsanPerformanceRows.Read(Answer("2026-03-02 08:05:00,yesterday,2026-03-02 08:15:00", "10,20,30"), Units, From, From.AddHours(1));

        series.Seconds.ShouldBe([SampleStore.Seconds(From.AddMinutes(5)), SampleStore.Seconds(From.AddMinutes(15))]);
        series.Column(DiskCounter.ReadIops).ShouldBe([10, 30]);
        problem!.ShouldContain("1 of the 3 times");
    }

    [Fact]
    public void Times_that_are_none_or_lie_elsewhere_cost_all_and_are_named()
    {
        var (unreadable, why) = VsanPerformanceRows.Read(Answer("soon,later", "10,20"), Units, From, From.AddHours(1));
        (unreadable.Count, why!.Contains("'soon'")).ShouldBe((0, true));

        var (elsewhere, because) = VsanPerformanceRows.Read(Answer("2025-03-02 08:05:00", "10"), Units, From, From.AddHours(1));
        (elsewhere.Count, because!.Contains("in every time zone")).ShouldBe((0, true));
    }

    private static XElement Answer(string times, string values) => XElement.Parse(
        $"<returnval><sampleInfo>{times}</sampleInfo><value><metricId><label>iopsRead</label></metricId><values>{values}</values></value></returnval>");
}
