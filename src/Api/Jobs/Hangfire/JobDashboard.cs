using Hangfire;
using Microsoft.AspNetCore.Authentication;

namespace Migrate.Api.Jobs.Hangfire;

/// <summary>
/// Hangfire's own pages at /jobs, for whoever looks into the engine: read-only, because its buttons would act behind the back of our
/// tables, and for the administrator only, wherever the call comes from.
/// </summary>
internal static class JobDashboard
{
    private const string Policy = "admin";

    public static void AddJobDashboard(this IServiceCollection services)
    {
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, DashboardAuthentication>(DashboardAuthentication.SchemeName, null);
        services.AddAuthorizationBuilder().AddPolicy(
            Policy, policy => policy.AddAuthenticationSchemes(DashboardAuthentication.SchemeName).RequireAuthenticatedUser());
    }

    public static void MapJobDashboard(this IEndpointRouteBuilder endpoints) => endpoints
        .MapHangfireDashboardWithAuthorizationPolicy(
            Policy,
            "/jobs",
            new DashboardOptions
            {
                DashboardTitle = "Migrate: jobs",
                AppPath = null,
                IsReadOnlyFunc = _ => true,
                DisplayStorageConnectionString = false,
                StatsPollingInterval = 5000,
            })
        .ExcludeFromDescription();
}
