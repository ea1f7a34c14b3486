using System.Text;
using System.Text.Json;

namespace Migrate.Api.Reports.Formats;

/// <summary>Answers with a report in the format that was asked for.</summary>
internal sealed class ReportOutput(ReportRenderer renderer, ReportPdf pdf)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <param name="request">Of the caller.</param>
    /// <param name="asked">By the address; null: as the caller accepts.</param>
    /// <param name="make">Collects the report, once it is clear that it can be written.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<IResult> AnswerAsync<T>(HttpRequest request, ReportFormat? asked, Func<Task<T>> make, CancellationToken cancellationToken)
        where T : Report
    {
        var format = asked ?? ReportFormats.Accepted(request);
        var report = await make();
        var response = request.HttpContext.Response;
        response.Headers.Vary = "Accept";
        response.Headers.XContentTypeOptions = "nosniff";
        return format switch
        {
            ReportFormat.Html => Page(response, await renderer.RenderAsync(report)),
            ReportFormat.Csv => Results.Text(report.Table().Csv(), "text/csv", Utf8),
            ReportFormat.Pdf => Results.File(await pdf.PrintAsync(await renderer.RenderAsync(report), cancellationToken), "application/pdf"),
            _ => Results.Text(JsonOf(report), "application/json", Utf8),
        };
    }

    public static string JsonOf(Report report) => JsonSerializer.Serialize(report, report.GetType(), Json.Indented);

    public static IResult Page(HttpResponse response, string html)
    {
        // A report loads nothing and runs nothing; should escaping ever fail, the browser still must not.
        response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'";
        response.Headers.XContentTypeOptions = "nosniff";
        return Results.Content(html, "text/html; charset=utf-8");
    }
}
