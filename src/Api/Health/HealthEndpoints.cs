namespace Migrate.Api.Health;

internal static class HealthEndpoints
{
    /// <summary>
    /// Alive needs nothing. Ready needs the server's own parts. Both say a word without the token and nothing else; with it <c>/readyz</c> tells every check.
    /// </summary>
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/healthz", () => "alive").AllowAnonymous().ExcludeFromDescription();
        app.MapGet("/readyz", async (HttpContext http, Readiness readiness, CancellationToken cancellationToken) =>
        {
            if (http.User.Identity is not { IsAuthenticated: true })
            {
                var isReady = (await readiness.OwnAsync(cancellationToken)).All(x => x.Status != HealthStatus.Failed);
                return Results.Text(isReady ? "ready" : "not ready", statusCode: isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
            }

            var report = await readiness.ReportAsync(cancellationToken);
            return Results.Json(report, statusCode: report.Status == HealthStatus.Failed ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK);
        }).AllowAnonymous().ExcludeFromDescription();
    }
}
