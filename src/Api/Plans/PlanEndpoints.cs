using Migrate.Planner.Persistence;
using System.ComponentModel;
using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Migrate.Api.Concerns;
using Migrate.Api.Problems;
using Migrate.Api.Runs;
using Migrate.Api.Security;
using Migrate.Api.Versions;
using Migrate.Executor.Deployment;
using Migrate.Planner;
using Migrate.Planner.Concerns;
using Migrate.Planner.Plans;

namespace Migrate.Api.Plans;

internal static class PlanEndpoints
{
    private const int BlockedShown = 50;
    private const string Script = "text/x-shellscript";

    public static void MapPlans(this RouteGroupBuilder api)
    {
        var plans = api.MapGroup("plans").WithTags("Plans");
        plans.MapPost("", CreateAsync).Needs(Role.Operator).WithName("CreatePlan").WithSummary("Makes a plan of VMs by name or of all that match, or refuses it with everything that is wrong.").ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);
        plans.MapGet("", ListAsync).OrderedBy(PlanViews.PlanOrders).WithName("ListPlans").WithSummary("Plans, newest first unless another order is asked for.");
        plans.MapGet("{name}", async (string name, PlanViews views, ConcernViews concerns, CancellationToken cancellationToken) =>
            await DetailAsync(await FindAsync(views, name, null, 0, 1, cancellationToken), views, concerns, cancellationToken))
            .HasVersion(Known.Plan).WithName("GetPlan").WithSummary("A plan with its policy.").ProducesProblem(404);
        plans.MapDelete("{name}", async (string name, ClaimsPrincipal user, PlanRemoval removal, CancellationToken cancellationToken) =>
        {
            await removal.RemoveAsync(name, Caller.Name(user, null), cancellationToken);
            return TypedResults.NoContent();
        }).Needs(Role.Operator).HasVersion(Known.Plan).WithName("RemovePlan").WithSummary("Removes a plan and its runs that were rolled back; refused while it has others.").ProducesProblem(404).ProducesProblem(409);
        plans.MapGet("{name}/vms", async (
            string name, [Description("Only this wave.")] int? wave, [Description("Part of the name.")] string? filter, [AsParameters] Paging paging, PlanViews views, CancellationToken cancellationToken) =>
        {
            var page = await views.ListVmsAsync(await IdAsync(views, name, cancellationToken), wave, filter, paging.Sort, paging.Skip, paging.Size, cancellationToken);
            return new Page<PlannedVm>(
                [.. page.Items.Select(v => new PlannedVm(v.VmName, v.VmKey, v.Wave, v.Disks, v.Concerns, v.Mode))], paging.Number, paging.Size, page.Total);
        }).OrderedBy(PlanViews.VmOrders).WithName("ListPlannedVms").WithSummary("A plan's VMs with readers and concerns.").ProducesProblem(404);
        plans.MapPost("{name}/vms", async (string name, AddPlanVms request, PlanMaker maker, PlanViews views, ConcernViews concerns, MatchingVms matching, CancellationToken cancellationToken) =>
            await AddVmsAsync(name, request with { Vms = await matching.OfAsync(await FindAsync(views, name, null, 0, 1, cancellationToken), request, cancellationToken) }, maker, views, concerns, cancellationToken))
            .Needs(Role.Operator).HasVersion(Known.Plan).WithName("AddPlanVms").WithSummary("Brings VMs into a plan, by name or all that match, all or none, or refuses with everything that is wrong.").ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);
        plans.MapDelete("{name}/vms/{vm}", async (string name, string vm, ClaimsPrincipal user, PlanRemoval removal, CancellationToken cancellationToken) =>
        {
            await removal.RemoveVmAsync(name, vm, Caller.Name(user, null), cancellationToken);
            return TypedResults.NoContent();
        }).Needs(Role.Operator).HasVersion(Known.Plan).WithName("RemovePlanVm").WithSummary("Takes a VM out of a plan, with its runs that were rolled back; refused while it has others.").ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);
        plans.MapGet("{name}/vms/{vm}/domain", async (string name, string vm, PlannedDomains domains, CancellationToken cancellationToken) =>
        {
            var planned = await domains.FindAsync(name, vm, null, cancellationToken);
            var design = planned.Design;
            return new DomainView(design.Name, design.Uuid, planned.HostName, planned.Request.DomainType, design.Xml, design.Reasons, design.Disks);
        }).WithName("GetPlannedDomain").WithSummary("The domain that a plan makes of a VM, every setting with its reason.").ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);
        plans.MapGet("{name}/vms/{vm}/bundle", async (
            string name, string vm,
            [Description("Libvirt, Proxmox or TrueNas.")] DeploymentKind? kind,
            [Description("backing or nvme-tcp; as the plan's host attaches disks when absent.")] string? attachment,
            PlannedDomains domains, CancellationToken cancellationToken) =>
        {
            var planned = await domains.FindAsync(name, vm, Attachment(attachment), cancellationToken);
            return Results.Text(Bundles.Of(planned, kind ?? DeploymentKind.Libvirt), Script);
        }).WithName("GetBundle").WithSummary("A script that deploys a VM of a plan without Migrate.").Produces<string>(200, Script).ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);
        plans.MapGet("{name}/forecasts", (string name, [Description("Part of the name.")] string? filter, [AsParameters] Paging paging, PassViews views, CancellationToken cancellationToken) =>
            views.ForecastsOfPlanAsync(name, filter, paging, cancellationToken))
            .OrderedBy(PlanViews.VmOrders).WithName("ListForecasts").WithSummary("Whether the passes of a plan's VMs that move warm will fit the allowed downtime, by their baselines.").ProducesProblem(404);
    }

    internal static async Task<AddedVms> AddVmsAsync(string name, AddPlanVms request, PlanMaker maker, PlanViews views, ConcernViews concerns, CancellationToken cancellationToken)
    {
        var added = await maker.AddAsync(
            new PlanAdditionRequest
            {
                Plan = name,
                VmNames = request.Vms ?? [],
                Wave = request.Wave,
                Networks = request.Networks ?? new Dictionary<string, NetworkMapping>(),
                ExpectConsole = request.ExpectConsole ?? new Dictionary<string, string>(),
                Modes = request.Modes ?? new Dictionary<string, MigrationMode>(),
            },
            cancellationToken);
        var plan = await FindAsync(views, added.PlanName, null, 0, 1, cancellationToken);
        return new AddedVms(added.VmNames, added.Wave, added.WavesToPlanAnew, await DetailAsync(plan, views, concerns, cancellationToken));
    }

    private static string? Attachment(string? text) => text is null or "backing" or "nvme-tcp" ? text
        : throw new InvalidRequestException("bundle.invalid", "No bundle was made: 1 problem.", ["attachment: backing or nvme-tcp."]);

    /// <summary>A plan by name; <c>plan.unknown</c> when there is none.</summary>
    public static async Task<PlanView> FindAsync(PlanViews views, string name, int? wave, int offset, int limit, CancellationToken cancellationToken) =>
        await views.FindAsync(name, wave, offset, limit, cancellationToken)
            ?? throw Unknown(name);

    /// <summary>A plan's id by its name; <c>plan.unknown</c> when there is none.</summary>
    public static async Task<Guid> IdAsync(PlanViews views, string name, CancellationToken cancellationToken) =>
        await views.FindIdAsync(name, cancellationToken) ?? throw Unknown(name);

    private static MigrateException Unknown(string name) => new("plan.unknown", $"There is no plan named '{name}'.", "See 'migrate plan list'.");

    private static async Task<Created<PlanDetail>> CreateAsync(
        CreatePlan request, PlanMaker maker, PlanViews views, ConcernViews concerns, MatchingVms matching, CancellationToken cancellationToken)
    {
        var errors = new List<string>();
        Naming.Check(request.Name, errors);
        if (errors.Count > 0)
        {
            throw new InvalidRequestException("plan.invalid", "The plan was not created: 1 problem.", errors);
        }

        var vms = await matching.OfAsync(request, cancellationToken);
        var plan = await maker.CreateAsync(
            new PlanRequest
            {
                Name = request.Name,
                SourceName = request.Source,
                KvmHostName = request.Host,
                VmNames = vms,
                Mode = request.Mode,
                Policy = request.Policy ?? new PlanPolicy { ObserveAtMostSeconds = PlanPolicy.LongestObservationSeconds },
                Waves = request.Waves ?? new Dictionary<string, int>(),
            },
            cancellationToken);
        return TypedResults.Created(
            $"/api/v1/plans/{plan.Name}", await DetailAsync(await FindAsync(views, plan.Name, null, 0, 1, cancellationToken), views, concerns, cancellationToken));
    }

    internal static async Task<Page<PlanSummary>> ListAsync([Description("Part of the name.")] string? filter, [AsParameters] Paging paging, PlanViews views, CancellationToken cancellationToken)
    {
        var page = await views.ListAsync(filter, paging.Sort, paging.Skip, paging.Size, cancellationToken);
        return new Page<PlanSummary>(
            [.. page.Items.Select(p => SummaryOf(p.Name, p.SourceName, p.InventoryVersion, p.KvmHostName, p.Mode, p.CreatedAt, p.Waves))],
            paging.Number,
            paging.Size,
            page.Total);
    }

    internal static async Task<PlanDetail> DetailAsync(PlanView plan, PlanViews views, ConcernViews concerns, CancellationToken cancellationToken) => new(
        SummaryOf(plan), plan.Policy, [.. (await views.ListBlockedAsync(plan.Id, BlockedShown, cancellationToken)).Select(v => v.VmName)],
        await concerns.OverridesAsync(plan.Id, cancellationToken), await concerns.LatestCheckAsync(plan.Id, cancellationToken));

    private static PlanSummary SummaryOf(PlanView plan) => SummaryOf(
        plan.Name, plan.SourceName, plan.InventoryVersion, plan.KvmHostName, plan.Mode, plan.CreatedAt, plan.Waves);

    private static PlanSummary SummaryOf(
        string name, string source, int inventoryVersion, string host, MigrationMode mode, DateTime createdAt, IReadOnlyList<WaveSummary> waves) => new(
        name,
        source,
        inventoryVersion,
        host,
        mode,
        createdAt,
        waves.Sum(w => w.VmCount),
        waves.Sum(w => w.CriticalCount),
        waves.Sum(w => w.WarningCount),
        waves.Sum(w => w.InformationCount),
        [.. waves.Select(w => w.Wave)]);
}
