using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Api.Concerns;
using Migrate.Api.Reports;
using Migrate.Planner.Concerns;

namespace Migrate.Api.Tests.Reports;

public sealed class ReportPageTests(RunningServer server)
{
    private static readonly Concern HostileConcern = new("disk.rdm", ConcernSeverity.Critical, Hostile, Hostile, Hostile, Hostile);

    private const string Hostile = "<script>alert('x')</script>\"><img src=https://evil.example/p.png onerror=alert(1)>";

    private ReportRenderer Renderer => server.Services.GetRequiredService<ReportRenderer>();

    [Fact]
    public async Task A_hostile_name_stays_text_wherever_it_appears()
    {
        var html = await Renderer.RenderAsync(SampleReport.Of(Hostile));
        html.ShouldNotContain("<script");
        html.ShouldNotContain("<img");
        html.ShouldContain(WebUtility.HtmlEncode("<script>"));
        // Every place that the sample writes the name into shows it: nothing was dropped, and each was escaped.
        html.Split("alert(").Length.ShouldBeGreaterThan(40);
    }

    [Fact]
    public async Task A_plan_with_a_hostile_vm_is_safe_too()
    {
        var run = SampleReport.Of(Hostile);
        var html = await Renderer.RenderAsync(new PlanReport(
            "1", SampleReport.Start, Hostile, Hostile, Hostile, 1,
            [new PlanReportRow(Hostile, 1, new ConcernCounts(0, 1, 2), run.RunId, run.Phase, "Pass", 1, 2, Hostile)],
            [new OverrideView(Hostile, "vm-1", "disk.rdm", 1, [HostileConcern], Hostile, Hostile, DateTime.UnixEpoch, DateTime.UnixEpoch, Hostile, Hostile)],
            new PlanCheckView(DateTime.UnixEpoch, DateTime.UnixEpoch, 3, 1, 0, 0, [new CheckFinding(Hostile, HostileConcern)]), [run]));
        html.ShouldNotContain("<script");
        html.ShouldNotContain("<img");
    }

    [Fact]
    public async Task The_file_needs_nothing_but_itself()
    {
        var html = await Renderer.RenderAsync(SampleReport.Of("web01"));
        html.ShouldStartWith("<!DOCTYPE html>");
        html.ShouldContain("<svg");
        html.ShouldContain("@media print");
        foreach (var outside in new[] { "<link", "<script", "src=", "url(", "@import" })
        {
            html.ShouldNotContain(outside);
        }
    }

    [Fact]
    public async Task The_baseline_s_trust_is_shown_with_its_reasons_and_what_its_percentiles_are()
    {
        var report = SampleReport.Of("web01");
        var html = await Renderer.RenderAsync(report);
        html.ShouldContain("Trust: Low");
        html.ShouldContain("(coverage)");
        html.ShouldContain("never of single I/Os");
        foreach (var shown in new[] { "Latency p95 of 20 s means", "<th>Outstanding</th>", "75 %", "16 KiB", "(what is written)", "Mon 00:00 (150 IOPS)" })
        {
            html.ShouldContain(shown);
        }

        (await Renderer.RenderAsync(report with { Baseline = null })).ShouldContain("No baseline was taken");
    }

    [Fact]
    public async Task Numbers_of_different_kinds_say_so()
    {
        var html = await Renderer.RenderAsync(SampleReport.Of("web01"));
        html.ShouldContain("Of 20 s means");
        html.ShouldContain("histogram of 180 single I/Os (web01)");
        html.ShouldContain("Compared: 93.0 % of the I/Os before, in 22 of 24 hours.");
        html.ShouldContain("? Inconclusive");
    }

    [Fact]
    public void Json_says_enums_by_name_and_reads_back_equal()
    {
        var json = JsonSerializer.Serialize(SampleReport.Of("web01"), Json.Options);
        json.ShouldContain("\"outcome\":\"Inconclusive\"");
        JsonSerializer.Serialize(JsonSerializer.Deserialize<RunReport>(json, Json.Options), Json.Options).ShouldBe(json);
    }

    [Fact]
    public void A_tail_keeps_its_digits() =>
        new[] { 0, 0.00001, 0.0042, 0.05, 0.5, 0.95, 0.9942, 1 }.Select(LatencyText.Percent).ShouldBe(["0 %", "< 0.01 %", "0.42 %", "5.0 %", "50 %", "95.0 %", "99.42 %", "100 %"]);

    [Fact]
    public void Both_sides_are_drawn_on_the_same_axes()
    {
        var charts = LatencyCurves.Of(SampleReport.Of("web01").Latencies[0]);
        charts.Count.ShouldBe(2);
        charts[0].Decades().ShouldBe((2, 4));
        charts[1].Before.ShouldBe([new(100, 0), new(500, 60 / 180.0), new(1000, 170 / 180.0), new(5000, 1)]);
        charts[1].After[^1].Share.ShouldBe(1);
    }
}
