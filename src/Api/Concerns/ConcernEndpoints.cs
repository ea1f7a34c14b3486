using Migrate.Planner.Persistence;
using System.ComponentModel;
using System.Security.Claims;
using Migrate.Api.Operations;
using Migrate.Api.Plans;
using Migrate.Api.Security;
using Migrate.Api.Security.Audit;
using Migrate.Planner;
using Migrate.Planner.Concerns;
using Migrate.Planner.Plans;

namespace Migrate.Api.Concerns;

internal static class ConcernEndpoints
{
    public static void MapConcerns(this RouteGroupBuilder api)
    {
        var concerns = api.MapGroup("concerns").WithTags("Concerns");
        concerns.MapGet("kinds", ([Description("Part of the id or label.")] string? filter, [AsParameters] Paging paging) =>
        {
            IConcernDescription[] kinds = [.. ConcernCatalogue.All.Where(x => filter is null || x.Id.Contains(filter, StringComparison.OrdinalIgnoreCase) || x.Label.Contains(filter, StringComparison.OrdinalIgnoreCase))];
            return new Page<ConcernKind>([.. ConcernViews.KindOrders.Apply(kinds, paging.Sort).Skip(paging.Skip).Take(paging.Size).Select(ConcernViews.KindOf)], paging.Number, paging.Size, kinds.Length);
        }).OrderedBy(ConcernViews.KindOrders).WithName("ListConcernKinds").WithSummary("All rules and probes.");
        concerns.MapGet("kinds/{id}", (string id) => ConcernViews.KindOf(ConcernCatalogue.Find(id))).WithName("GetConcernKind").WithSummary("What a rule or probe is for.").ProducesProblem(404);
        concerns.MapGet("", async (
            [Description("Name of a plan; this or a source.")] string? plan,
            [Description("Name of a source: its VMs are judged as they are now, without a plan.")] string? source,
            [Description("Only this severity.")] ConcernSeverity? severity,
            [Description("Only this VM, by name or key.")] string? vm,
            [Description("Only this concern.")] string? id,
            [AsParameters] Paging paging, ConcernViews views, CancellationToken cancellationToken) =>
            await views.ListAsync(plan, source, new ConcernFilter(severity, vm, id), paging, cancellationToken))
            .OrderedBy(PlanViews.VmOrders).WithName("ListConcerns").WithSummary("VMs with concerns, of a plan or of a source.").ProducesProblem(404).ProducesProblem(422);

        var ofPlan = api.MapGroup("plans/{name}").WithTags("Concerns");
        ofPlan.MapGet("overrides", async (string name, [Description("Part of the VM's name.")] string? filter, [AsParameters] Paging paging, PlanViews plans, ConcernOverrides overrides, CancellationToken cancellationToken) =>
        {
            var page = await overrides.ListAsync(await PlanIdAsync(plans, name, cancellationToken), filter, paging.Sort, paging.Skip, paging.Size, cancellationToken);
            return new Page<OverrideView>([.. page.Items.Select(ConcernViews.ViewOf)], paging.Number, paging.Size, page.Total);
        }).OrderedBy(ConcernOverrides.Orders).WithName("ListOverrides").WithSummary("Overrides of a plan, lifted ones too, newest first unless another order is asked for.").ProducesProblem(404);
        ofPlan.MapPost("overrides", async (string name, GiveOverride request, HttpContext context, ClaimsPrincipal user, PlanViews plans, ConcernOverrides overrides, CancellationToken cancellationToken) =>
        {
            context.NoteReason(request.Reason);
            return ConcernViews.ViewOf(await overrides.GiveAsync(
                await PlanIdAsync(plans, name, cancellationToken), request.Vm, request.Concern ?? "", request.Reason ?? "", Caller.Name(user, request.By), cancellationToken));
        }).Needs(Role.Approver).WithName("GiveOverride").WithSummary("Overrides a Critical concern of one VM, with a reason.").ProducesProblem(404).ProducesProblem(422);
        ofPlan.MapPost("overrides/lift", async (string name, LiftOverride request, ClaimsPrincipal user, PlanViews plans, ConcernOverrides overrides, CancellationToken cancellationToken) =>
            ConcernViews.ViewOf(await overrides.LiftAsync(
                await PlanIdAsync(plans, name, cancellationToken), request.Vm, request.Concern, Caller.Name(user, request.By), request.Because, cancellationToken)))
            .Needs(Role.Operator).WithName("LiftOverride").WithSummary("Takes an override back: the concern blocks again.").ProducesProblem(404);
        ofPlan.MapPost("checks", async (string name, ClaimsPrincipal user, LongActs acts, CancellationToken cancellationToken) =>
            OperationEndpoints.Answer(await acts.CheckPlanAsync(name, Caller.Name(user, null), cancellationToken)))
            .Needs(Role.Operator).WithName("CheckPlan").WithSummary("Begins to try login, names and ports of ESXi hosts, a read of every disk and the target's space; stores what is found.").ProducesProblem(404);
        ofPlan.MapGet("checks/latest", async (string name, PlanViews plans, PlanChecks checks, ConcernViews views, CancellationToken cancellationToken) =>
            await checks.LatestAsync(await PlanIdAsync(plans, name, cancellationToken), cancellationToken) is { } check
                ? await views.ViewAsync(check, cancellationToken)
                : throw new MigrateException("plan.check.not-found", $"Plan '{name}' was never checked.", $"Check it with 'migrate plan check {name}'."))
            .WithName("GetLatestCheck").WithSummary("What the newest check found.").ProducesProblem(404);
    }

    private static Task<Guid> PlanIdAsync(PlanViews plans, string name, CancellationToken cancellationToken) => PlanEndpoints.IdAsync(plans, name, cancellationToken);
}
