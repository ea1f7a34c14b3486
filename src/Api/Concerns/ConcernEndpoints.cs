using System.ComponentModel;
using System.Security.Claims;
using Migrate.Api.Plans;
using Migrate.Api.Security;
using Migrate.Executor.Probes;
using Migrate.Planner;
using Migrate.Planner.Concerns;
using Migrate.Planner.Plans;

namespace Migrate.Api.Concerns;

internal static class ConcernEndpoints
{
    public static void MapConcerns(this RouteGroupBuilder api)
    {
        var concerns = api.MapGroup("concerns").WithTags("Concerns");
        concerns.MapGet("kinds", ([AsParameters] Paging paging) => new Page<ConcernKind>(
            [.. ConcernCatalogue.All.Skip(paging.Skip).Take(paging.Size).Select(ConcernViews.KindOf)], paging.Number, paging.Size, ConcernCatalogue.All.Count)).WithName("ListConcernKinds").WithSummary("All rules and probes.");
        concerns.MapGet("kinds/{id}", (string id) => ConcernViews.KindOf(ConcernCatalogue.Find(id))).WithName("GetConcernKind").WithSummary("What a rule or probe is for.").ProducesProblem(404);
        concerns.MapGet("", async (
            [Description("Name of a plan; this or a source.")] string? plan,
            [Description("Name of a source: its VMs are judged as they are now, without a plan.")] string? source,
            [Description("Only this severity.")] ConcernSeverity? severity,
            [Description("Only this VM, by name or key.")] string? vm,
            [Description("Only this concern.")] string? id,
            [AsParameters] Paging paging, ConcernViews views, CancellationToken cancellationToken) =>
            await views.ListAsync(plan, source, new ConcernFilter(severity, vm, id), paging, cancellationToken))
            .WithName("ListConcerns").WithSummary("VMs with concerns, of a plan or of a source.").ProducesProblem(404).ProducesProblem(422);

        var ofPlan = api.MapGroup("plans/{name}").WithTags("Concerns");
        ofPlan.MapGet("overrides", async (string name, [AsParameters] Paging paging, PlanViews plans, ConcernOverrides overrides, CancellationToken cancellationToken) =>
        {
            var page = await overrides.ListAsync(await PlanIdAsync(plans, name, cancellationToken), paging.Skip, paging.Size, cancellationToken);
            return new Page<OverrideView>([.. page.Items.Select(ConcernViews.ViewOf)], paging.Number, paging.Size, page.Total);
        }).WithName("ListOverrides").WithSummary("Overrides of a plan, lifted ones too, newest first.").ProducesProblem(404);
        ofPlan.MapPost("overrides", async (string name, GiveOverride request, ClaimsPrincipal user, PlanViews plans, ConcernOverrides overrides, CancellationToken cancellationToken) =>
            ConcernViews.ViewOf(await overrides.GiveAsync(
                await PlanIdAsync(plans, name, cancellationToken), request.Vm, request.Concern, request.Reason, Caller.Name(user, request.By), cancellationToken)))
            .WithName("GiveOverride").WithSummary("Overrides a Critical concern of one VM, with a reason.").ProducesProblem(404).ProducesProblem(422);
        ofPlan.MapPost("overrides/lift", async (string name, LiftOverride request, ClaimsPrincipal user, PlanViews plans, ConcernOverrides overrides, CancellationToken cancellationToken) =>
            ConcernViews.ViewOf(await overrides.LiftAsync(
                await PlanIdAsync(plans, name, cancellationToken), request.Vm, request.Concern, Caller.Name(user, request.By), request.Because, cancellationToken)))
            .WithName("LiftOverride").WithSummary("Takes an override back: the concern blocks again.").ProducesProblem(404);
        ofPlan.MapPost("checks", async (string name, PlanViews plans, PlanChecker checker, ConcernViews views, CancellationToken cancellationToken) =>
            await views.ViewAsync(await checker.CheckAsync(await PlanIdAsync(plans, name, cancellationToken), cancellationToken), cancellationToken))
            .WithName("CheckPlan").WithSummary("Tries login, names and ports of ESXi hosts, a read of every disk and the target's space; stores what is found.").ProducesProblem(404);
        ofPlan.MapGet("checks/latest", async (string name, PlanViews plans, PlanChecks checks, ConcernViews views, CancellationToken cancellationToken) =>
            await checks.LatestAsync(await PlanIdAsync(plans, name, cancellationToken), cancellationToken) is { } check
                ? await views.ViewAsync(check, cancellationToken)
                : throw new MigrateException("plan.check.not-found", $"Plan '{name}' was never checked.", $"Check it with 'migrate plan check {name}'."))
            .WithName("GetLatestCheck").WithSummary("What the newest check found.").ProducesProblem(404);
    }

    private static async Task<Guid> PlanIdAsync(PlanViews plans, string name, CancellationToken cancellationToken) =>
        (await PlanEndpoints.FindAsync(plans, name, null, 0, 1, cancellationToken)).Id;
}
