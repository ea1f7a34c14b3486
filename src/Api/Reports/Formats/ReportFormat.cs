using Microsoft.Net.Http.Headers;
using Migrate.Planner;

namespace Migrate.Api.Reports.Formats;

/// <summary>What a report can be written as.</summary>
public enum ReportFormat
{
    Html,
    Json,
    Csv,
    Pdf,
}

internal static class ReportFormats
{
    /// <summary>By what the caller accepts, the most wanted first; JSON where it does not say.</summary>
    /// <exception cref="MigrateException">report.format-refused.</exception>
    public static ReportFormat Accepted(HttpRequest request)
    {
        var wanted = request.GetTypedHeaders().Accept;
        foreach (var type in wanted.OrderByDescending(x => x.Quality ?? 1).Where(x => x.Quality != 0))
        {
            if (Of(type) is { } format)
            {
                return format;
            }
        }

        return wanted.Count == 0 ? ReportFormat.Json : throw new MigrateException(
            "report.format-refused", $"A report is not written as {string.Join(", ", wanted)}.", "Accept text/html, application/json, text/csv or application/pdf.");
    }

    private static ReportFormat? Of(MediaTypeHeaderValue type) => type.MediaType.Value?.ToLowerInvariant() switch
    {
        "text/html" => ReportFormat.Html,
        "application/json" or "application/*" or "*/*" => ReportFormat.Json,
        "text/csv" => ReportFormat.Csv,
        "application/pdf" => ReportFormat.Pdf,
        _ => null,
    };
}
