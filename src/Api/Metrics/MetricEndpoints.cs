using System.Text;

namespace Migrate.Api.Metrics;

internal static class MetricEndpoints
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Prometheus' text format; with the token, as everything that tells anything.</summary>
    public static void MapMetrics(this IEndpointRouteBuilder app) => app.MapGet("/metrics", (MetricBook book) =>
    {
        var text = new StringBuilder();
        book.Write(text);
        return Results.Text(text.ToString(), ContentType);
    }).ExcludeFromDescription();
}
