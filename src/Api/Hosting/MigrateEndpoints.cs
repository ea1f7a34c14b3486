using System.ComponentModel;
using Migrate.Api.Baselines;
using Migrate.Api.Concerns;
using Migrate.Api.Health;
using Migrate.Api.Hosts;
using Migrate.Api.Inventory;
using Migrate.Api.Jobs;
using Migrate.Api.Limits;
using Migrate.Api.Manifests;
using Migrate.Api.Metrics;
using Migrate.Api.Pages;
using Migrate.Api.Pages.Overview;
using Migrate.Api.Pages.Problems;
using Migrate.Api.Notifications;
using Migrate.Api.Operations;
using Migrate.Api.Plans;
using Migrate.Api.Problems;
using Migrate.Api.Reports;
using Migrate.Api.Runs;
using Migrate.Api.Security;
using Migrate.Api.Security.Accounts;
using Migrate.Api.Security.Audit;
using Migrate.Api.Security.Keys;
using Migrate.Api.Security.Sessions;
using Migrate.Api.Settings;
using Migrate.Api.Target;
using Migrate.Api.Views;
using Migrate.Api.Waves;
using Migrate.Api.Workers;
#if HANGFIRE
using Migrate.Api.Jobs.Hangfire;
#endif

namespace Migrate.Api.Hosting;

internal static class MigrateEndpoints
{
    public static void MapMigrate(this WebApplication app)
    {
        app.UsePageHeaders();
        app.UseExceptionHandler();
        app.UseStatusCodePages(context => ProblemOf(context.HttpContext));
        app.UseMigrateSecurity();
        app.MapOpenApi();
        app.MapHealth();
        app.MapMetrics();
        app.MapLogin();
        app.MapPages();
#if HANGFIRE
        app.MapJobDashboard();
#endif
        var api = app.MapGroup("/api/v1");
        api.MapGet("version", () => new VersionView(ProductVersion.Value)).WithName("GetVersion").WithTags("Server");
        api.MapGet("components", ([Description("Part of the name.")] string? filter, [AsParameters] Paging paging) => ShippedComponents.List(filter, paging)).OrderedBy(ShippedComponents.Orders).WithName("ListComponents").WithTags("Server").WithSummary("The packages of others that this program is built of, with their licences.");
        api.MapOverview();
        api.MapSources();
        api.MapInventory();
        api.MapBaselines();
        api.MapStorage();
        api.MapHosts();
        api.MapTarget();
        api.MapPlans();
        api.MapMappings();
        api.MapConcerns();
        api.MapWavePlans();
        api.MapWaves();
        api.MapRuns();
        api.MapJobs();
        api.MapWorkers();
        api.MapLimits();
        api.MapManifests();
        api.MapReports();
        api.MapSession();
        api.MapUsers();
        api.MapKeys();
        api.MapAudit();
        api.MapSettings();
        api.MapNotifications();
        api.MapViews();
        api.MapOperations();
    }

    private static Task ProblemOf(HttpContext context) => ProblemPages.AnswerAsync(context, context.Response.StatusCode == StatusCodes.Status403Forbidden ? Problem.Of(
        StatusCodes.Status403Forbidden, "page.role-missing", "This page is not for the role of your account.", "Ask somebody who has the role, or an administrator to give it.")
        : context.Response.StatusCode is not (StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed) ? Problem.Of(
            context.Response.StatusCode, "request.invalid", "The request could not be taken as it came: a form may be older than its page, or be sent from elsewhere.", "Load the page again and send its form once more; a program compares its call with /openapi/v1.json.")
        : Problem.Of(
        context.Response.StatusCode,
        context.Response.StatusCode == StatusCodes.Status404NotFound ? "request.no-such-path" : "request.refused",
        $"{context.Request.Method} {context.Request.Path} is nothing that this server does.",
        "See /openapi/v1.json for what it does."));
}
