using System.ComponentModel;
using Migrate.Api.Reports.Formats;
using Migrate.Api.Reports.HandOver;
using Migrate.Api.Reports.Readiness;
using Migrate.Api.Reports.Validations;
using Migrate.Api.Reports.WaveResults;

namespace Migrate.Api.Reports;

internal static class ReportEndpoints
{
    private const string WaveOrAll = "Number of the wave; all waves of the plan when it is not given.";

    public static void MapReports(this RouteGroupBuilder api)
    {
        var reports = api.MapGroup("").WithTags("Reports");
        reports.MapGet("runs/{id:guid}/report.json", (Guid id, ReportMaker maker, CancellationToken cancellationToken) => maker.OfRunAsync(id, cancellationToken))
            .WithName("GetRunReport").WithSummary("The numbers of a run's report.").ProducesProblem(404);
        reports.MapGet("runs/{id:guid}/report.html", async (Guid id, HttpResponse response, ReportMaker maker, ReportRenderer renderer, CancellationToken cancellationToken) =>
            ReportOutput.Page(response, await renderer.RenderAsync(await maker.OfRunAsync(id, cancellationToken))))
            .WithName("GetRunReportPage").WithSummary("A run's report as one self-contained HTML file.").Produces<string>(200, "text/html").ProducesProblem(404);
        reports.MapGet("plans/{name}/report.json", (string name, ReportMaker maker, CancellationToken cancellationToken) => maker.OfPlanAsync(name, cancellationToken))
            .WithName("GetPlanReport").WithSummary("The numbers of a plan's report.").ProducesProblem(404);
        reports.MapGet("plans/{name}/report.html", async (string name, HttpResponse response, ReportMaker maker, ReportRenderer renderer, CancellationToken cancellationToken) =>
            ReportOutput.Page(response, await renderer.RenderAsync(await maker.OfPlanAsync(name, cancellationToken))))
            .WithName("GetPlanReportPage").WithSummary("A plan's report with all its VMs as one self-contained HTML file.").Produces<string>(200, "text/html").ProducesProblem(404);

        Map<ReadinessReport>(
            reports, "plans/{name}/reports/readiness", "Readiness", "Before a move: what moves, what stands against it, what is missing before it may begin.",
            format => (string name, HttpRequest request, ReadinessMaker maker, ReportOutput output, CancellationToken cancellationToken) =>
                output.AnswerAsync(request, format, () => maker.MakeAsync(name, cancellationToken), cancellationToken));
        Map<WaveResultReport>(
            reports, "plans/{name}/reports/wave", "WaveResult", "What became of a wave: outcomes, bytes, downtimes beside their forecasts, deviations.",
            format => (string name, [Description(WaveOrAll)] int? wave, HttpRequest request, WaveResultMaker maker, ReportOutput output, CancellationToken cancellationToken) =>
                output.AnswerAsync(request, format, () => maker.MakeAsync(name, wave, cancellationToken), cancellationToken));
        Map<ValidationReport>(
            reports, "plans/{name}/reports/validation", "Validation", "What is proven of each VM, and why not more.",
            format => (string name, [Description(WaveOrAll)] int? wave, HttpRequest request, ValidationMaker maker, ReportOutput output, CancellationToken cancellationToken) =>
                output.AnswerAsync(request, format, () => maker.MakeAsync(name, wave, cancellationToken), cancellationToken));
        Map<HandOverReport>(
            reports, "runs/{id:guid}/reports/hand-over", "HandOver", "After the move of one VM: what whoever runs it from now on should have on paper.",
            format => (Guid id, HttpRequest request, HandOverMaker maker, ReportOutput output, CancellationToken cancellationToken) =>
                output.AnswerAsync(request, format, () => maker.MakeAsync(id, cancellationToken), cancellationToken));
    }

    /// <summary>One address that answers as the caller accepts, and one for each format by its suffix.</summary>
    private static void Map<T>(RouteGroupBuilder reports, string path, string name, string summary, Func<ReportFormat?, Delegate> answer)
        where T : Report
    {
        AnswerAs("", "", null, "In the format that the caller accepts: HTML, JSON, CSV or PDF.", "application/json");
        AnswerAs(".json", "Json", ReportFormat.Json, "As JSON, by the schema in docs/schemas.", "application/json");
        AnswerAs(".html", "Page", ReportFormat.Html, "As one self-contained HTML file.", "text/html");
        AnswerAs(".csv", "Table", ReportFormat.Csv, "Its main table.", "text/csv");
        AnswerAs(".pdf", "Pdf", ReportFormat.Pdf, "Printed by Chromium, where the server's machine has it.", "application/pdf");

        void AnswerAs(string suffix, string word, ReportFormat? format, string how, string type)
        {
            var endpoint = reports.MapGet(path + suffix, answer(format)).WithName($"Get{name}Report{word}").WithSummary($"{summary} {how}").ProducesProblem(404);
            _ = type == "application/json" ? endpoint.Produces<T>(200, type) : endpoint.Produces<string>(200, type);
        }
    }
}
