using System.Security.Claims;
using Migrate.Api.Security;
using Migrate.Api.Security.Audit;
using Migrate.Api.Versions;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Planner.Plans.Mappings;

namespace Migrate.Api.Plans;

internal static class MappingEndpoints
{
    public static void MapMappings(this RouteGroupBuilder api)
    {
        var mappings = api.MapGroup("plans/{name}/mappings").WithTags("Plans");
        mappings.MapGet("", (string name, MappingViews views, CancellationToken cancellationToken) => views.ReadAsync(name, cancellationToken))
            .HasVersion(Known.Plan).WithName("GetPlanMappings").WithSummary("Networks and datastores that a plan's VMs use, what they become, and what there is to map to.").ProducesProblem(404);
        mappings.MapPatch("", async (string name, ChangePlanMappings request, ClaimsPrincipal user, HttpContext http, PlanMapper mapper, MappingViews views, CancellationToken cancellationToken) =>
        {
            http.NoteReason(request.Reason);
            var change = await ChangeAsync(name, request, Account.Of(user)!, mapper, cancellationToken);
            return new ChangedPlanMappings(change.Changed, change.Runs, change.WithoutWave, change.ApprovedVersion, await views.ReadAsync(name, cancellationToken));
        }).Needs(Role.Operator).HasVersion(Known.Plan).WithName("ChangePlanMappings").WithSummary("Changes what networks become, all or none, or refuses with everything that is wrong.")
            .ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);
    }

    internal static Task<MappingChange> ChangeAsync(string name, ChangePlanMappings request, Account account, PlanMapper mapper, CancellationToken cancellationToken) => mapper.ChangeAsync(
        new MappingRequest
        {
            Plan = name,
            Networks = request.Networks ?? new Dictionary<string, NetworkMapping>(),
            Forget = request.Forget ?? [],
            Reason = request.Reason ?? "",
            By = account.Name,
            IsApprover = account.Role >= Role.Approver,
        },
        cancellationToken);
}
