namespace Migrate.Api.Reports;

internal static class ReportEndpoints
{
    private const string Html = "text/html; charset=utf-8";

    public static void MapReports(this RouteGroupBuilder api)
    {
        var reports = api.MapGroup("").WithTags("Reports");
        reports.MapGet("runs/{id:guid}/report.json", (Guid id, ReportMaker maker, CancellationToken cancellationToken) => maker.OfRunAsync(id, cancellationToken))
            .WithName("GetRunReport").WithSummary("The numbers of a run's report.").ProducesProblem(404);
        reports.MapGet("runs/{id:guid}/report.html", async (Guid id, HttpResponse response, ReportMaker maker, ReportRenderer renderer, CancellationToken cancellationToken) =>
            Page(response, await renderer.RenderAsync(await maker.OfRunAsync(id, cancellationToken))))
            .WithName("GetRunReportPage").WithSummary("A run's report as one self-contained HTML file.").Produces<string>(200, "text/html").ProducesProblem(404);
        reports.MapGet("plans/{name}/report.json", (string name, ReportMaker maker, CancellationToken cancellationToken) => maker.OfPlanAsync(name, cancellationToken))
            .WithName("GetPlanReport").WithSummary("The numbers of a plan's report.").ProducesProblem(404);
        reports.MapGet("plans/{name}/report.html", async (string name, HttpResponse response, ReportMaker maker, ReportRenderer renderer, CancellationToken cancellationToken) =>
            Page(response, await renderer.RenderAsync(await maker.OfPlanAsync(name, cancellationToken))))
            .WithName("GetPlanReportPage").WithSummary("A plan's report with all its VMs as one self-contained HTML file.").Produces<string>(200, "text/html").ProducesProblem(404);
    }

    private static IResult Page(HttpResponse response, string html)
    {
        // A report loads nothing and runs nothing; should escaping ever fail, the browser still must not.
        response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'";
        response.Headers.XContentTypeOptions = "nosniff";
        return Results.Content(html, Html);
    }
}
