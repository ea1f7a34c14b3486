using Migrate.Api.Security;
using Migrate.Api.Versions;
using Migrate.Planner.Persistence;
using System.ComponentModel;
using Migrate.Planner;

namespace Migrate.Api.Limits;

internal static class LimitEndpoints
{
    public static void MapLimits(this RouteGroupBuilder api)
    {
        var limits = api.MapGroup("limits").WithTags("Limits");
        limits.MapGet("", (LimitViews views, CancellationToken cancellationToken) => views.ListAsync(cancellationToken))
            .HasVersion(Known.Limits).WithName("GetLimits").WithSummary("What copies may take of source hosts, datastores and links.");
        limits.MapPut("", (SetLimits request, LimitViews views, CancellationToken cancellationToken) => views.SetAsync(request, cancellationToken))
            .Needs(Role.Operator).HasVersion(Known.Limits).WithName("SetLimits").WithSummary("Sets limits; copies under way follow within seconds, here and in workers.").ProducesProblem(422);
        limits.MapDelete("", async ([Description("SCOPE:NAME of the limit.")] string of, LimitViews views, CancellationToken cancellationToken) =>
            await views.RemoveAsync(of, cancellationToken)
                ? Results.NoContent()
                : throw new MigrateException("limit.unknown", $"There is no limit of '{of}'.", "See 'migrate limits show'."))
            .Needs(Role.Operator).HasVersion(Known.Limits).WithName("RemoveLimit").WithSummary("Removes a limit.").Produces(204).ProducesProblem(404).ProducesProblem(422);
    }
}
