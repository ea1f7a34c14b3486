using Migrate.Api.Hosting;
using Migrate.Api.Security;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Settings;

internal static class SettingEndpoints
{
    public static void MapSettings(this RouteGroupBuilder api) => api.MapGet("settings", (ServeOptions options) => options.InForce)
        .Needs(Role.Admin).WithName("GetSettings").WithTags("Settings").WithSummary("The settings that this server was started with, and where each comes from; secrets are not shown.");
}
