using Microsoft.EntityFrameworkCore;
using Migrate.Api.Baselines;
using Migrate.Api.Concerns;
using Migrate.Api.Hosts;
using Migrate.Api.Inventory;
using Migrate.Api.Jobs;
using Migrate.Api.Limits;
using Migrate.Api.Manifests;
using Migrate.Api.Plans;
using Migrate.Api.Problems;
using Migrate.Api.Reports;
using Migrate.Api.Runs;
using Migrate.Api.Target;
using Migrate.Api.Waves;
using Migrate.Api.Workers;
using Migrate.Planner.Persistence;
#if HANGFIRE
using Migrate.Api.Jobs.Hangfire;
#endif

namespace Migrate.Api.Hosting;

internal static class MigrateEndpoints
{
    public static void MapMigrate(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages(context => ProblemOf(context.HttpContext));
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapOpenApi();
        MapHealth(app);
#if HANGFIRE
        app.MapJobDashboard();
#endif
        var api = app.MapGroup("/api/v1");
        api.MapGet("version", () => new VersionView(ProductVersion.Value)).WithName("GetVersion").WithTags("Server");
        api.MapSources();
        api.MapInventory();
        api.MapBaselines();
        api.MapStorage();
        api.MapHosts();
        api.MapTarget();
        api.MapPlans();
        api.MapConcerns();
        api.MapWavePlans();
        api.MapWaves();
        api.MapRuns();
        api.MapJobs();
        api.MapWorkers();
        api.MapLimits();
        api.MapManifests();
        api.MapReports();
    }

    /// <summary>
    /// Alive needs nothing; ready needs the database. An unreachable source is no reason to restart a healthy process. Both say
    /// a word without the token and nothing else.
    /// </summary>
    private static void MapHealth(WebApplication app)
    {
        app.MapGet("/healthz", () => "alive").AllowAnonymous().ExcludeFromDescription();
        app.MapGet("/readyz", async (IDbContextFactory<MigrateDb> databases, CancellationToken cancellationToken) =>
        {
            await using var db = await databases.CreateDbContextAsync(cancellationToken);
            return await db.Database.CanConnectAsync(cancellationToken) ? Results.Text("ready") : Results.Text("not ready", statusCode: 503);
        }).AllowAnonymous().ExcludeFromDescription();
    }

    private static Task ProblemOf(HttpContext context) => Problem.Of(
        context.Response.StatusCode,
        context.Response.StatusCode == StatusCodes.Status404NotFound ? "request.no-such-path" : "request.refused",
        $"{context.Request.Method} {context.Request.Path} is nothing that this server does.",
        "See /openapi/v1.json for what it does.").ExecuteAsync(context);
}
