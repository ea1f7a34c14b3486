using System.ComponentModel;
using System.Security.Claims;
using Microsoft.EntityFrameworkCore;
using Migrate.Api.Operations;
using Migrate.Api.Plans;
using Migrate.Api.Problems;
using Migrate.Api.Security;
using Migrate.Api.Security.Audit;
using Migrate.Executor.Runs.Gates;
using Migrate.Executor.Waves;
using Migrate.Planner;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Planner.Waves;

namespace Migrate.Api.Waves;

internal static class WavePlanEndpoints
{
    public static void MapWavePlans(this RouteGroupBuilder api)
    {
        var versions = api.MapGroup("plans/{plan}/wave-versions").WithTags("Waves");
        versions.MapPost("", async (string plan, WaveRules rules, ClaimsPrincipal user, LongActs acts, CancellationToken cancellationToken) =>
            OperationEndpoints.Answer(await acts.PlanWavesAsync(plan, rules, Caller.Name(user, null), cancellationToken)))
            .Needs(Role.Operator).WithName("PlanWaves").WithSummary("Begins to plan the waves of a plan, which are kept as its next version; what has begun keeps its time.").ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);

        versions.MapGet("", async (string plan, [AsParameters] Paging paging, PlanViews plans, WavePlans waves, CancellationToken cancellationToken) =>
        {
            var page = await waves.ListAsync(await IdAsync(plans, plan, cancellationToken), paging.Sort, paging.Skip, paging.Size, cancellationToken);
            return new Page<WaveVersionView>([.. page.Items.Select(x => View(plan, x))], paging.Number, paging.Size, page.Total);
        }).OrderedBy(WavePlans.VersionOrders).WithName("ListWaveVersions").WithSummary("Versions of a plan's waves, newest first unless another order is asked for.").ProducesProblem(404);

        versions.MapGet("{version}", async (
            string plan, [Description("Number of the version, or 'newest'.")] string version, PlanViews plans, WavePlans waves, IDbContextFactory<MigrateDb> databases,
            CancellationToken cancellationToken) => await DetailAsync(databases, plan, await FindAsync(plans, waves, plan, version, cancellationToken), cancellationToken))
            .WithName("GetWaveVersion").WithSummary("A version with its waves.").ProducesProblem(404);

        versions.MapGet("{version}/vms", async (
            string plan, [Description("Number of the version, or 'newest'.")] string version, [Description("Only this wave.")] int? wave, [AsParameters] Paging paging,
            PlanViews plans, WavePlans waves, CancellationToken cancellationToken) =>
        {
            var found = await FindAsync(plans, waves, plan, version, cancellationToken);
            var page = await waves.VmsAsync(found.Id, wave, paging.Sort, paging.Skip, paging.Size, cancellationToken);
            return new Page<VmMove>(page.Items, paging.Number, paging.Size, page.Total);
        }).OrderedBy(WavePlans.MoveOrders).WithName("ListWaveVms").WithSummary("When each VM of a version is copied and cut over, and why then.").ProducesProblem(404);

        versions.MapGet("{version}/export", async (
            string plan, [Description("Number of the version, or 'newest'.")] string version, [Description("csv, ics or json.")] string? format,
            PlanViews plans, WavePlans waves, IDbContextFactory<MigrateDb> databases, CancellationToken cancellationToken) =>
        {
            var found = await FindAsync(plans, waves, plan, version, cancellationToken);
            var vms = await waves.VmsAsync(found.Id, null, null, 0, int.MaxValue, cancellationToken);
            return format switch
            {
                null or "csv" => Results.Text(WaveExport.Csv(vms.Items), "text/csv"),
                "ics" => Results.Text(WaveExport.Calendar(plan, found, Schedule(found), vms.Items), "text/calendar"),
                "json" => Results.Json(new { version = await DetailAsync(databases, plan, found, cancellationToken), vms = vms.Items }, Json.Options),
                _ => throw new InvalidRequestException("wave.export-invalid", "Nothing was exported: 1 problem.", ["format: csv, ics or json."]),
            };
        }).WithName("ExportWaves").WithSummary("All VMs of a version as a table, a calendar of its waves, or JSON.").Produces<string>(200, "text/csv", "text/calendar", "application/json").ProducesProblem(404).ProducesProblem(422);

        versions.MapGet("diff", async (string plan, [AsParameters] TwoVersions two, PlanViews plans, WavePlans waves, CancellationToken cancellationToken) =>
        {
            var (from, to) = await two.FindAsync(waves, await IdAsync(plans, plan, cancellationToken), cancellationToken);
            return WaveDifference.Between(plan, from, to, (await WaveDifference.VmsAsync(waves, from, to, null, cancellationToken)).Count);
        }).WithName("DiffWaveVersions").WithSummary("What differs between two versions: their rules, and how many VMs move otherwise.").ProducesProblem(404);

        versions.MapGet("diff/vms", async (string plan, [AsParameters] TwoVersions two, [AsParameters] Paging paging, PlanViews plans, WavePlans waves, CancellationToken cancellationToken) =>
        {
            var (from, to) = await two.FindAsync(waves, await IdAsync(plans, plan, cancellationToken), cancellationToken);
            var all = await WaveDifference.VmsAsync(waves, from, to, paging.Sort, cancellationToken);
            return new Page<WaveVmChange>([.. all.Skip(paging.Skip).Take(paging.Size)], paging.Number, paging.Size, all.Count);
        }).OrderedBy(WaveDifference.Orders).WithName("DiffWaveVms").WithSummary("The VMs that move otherwise by one version than by another.").ProducesProblem(404);

        versions.MapPost("{version:int}/approve", async (
            string plan, int version, ApproveWaves request, HttpContext context, ClaimsPrincipal user, PlanViews plans, WavePlans waves, CancellationToken cancellationToken) =>
        {
            context.NoteReason(request.Reason);
            return View(plan, await waves.ApproveAsync(await IdAsync(plans, plan, cancellationToken), version, Caller.Name(user, request.By), request.Reason, cancellationToken));
        }).Needs(Role.Approver).WithName("ApproveWaves").WithSummary("Lets the newest version decide when runs begin and cut over; runs that were started keep their times.").ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);

        versions.MapPost("compare", async (string plan, CompareWaves request, ClaimsPrincipal user, LongActs acts, CancellationToken cancellationToken) =>
            OperationEndpoints.Answer(await acts.CompareWavesAsync(plan, request, Caller.Name(user, null), cancellationToken)))
            .Needs(Role.Viewer).WithName("CompareWaves").WithSummary("Begins to find what becomes of the waves under several sets of rules; no version is made.").ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);
    }

    private static Task<Guid> IdAsync(PlanViews plans, string name, CancellationToken cancellationToken) =>
        PlanEndpoints.IdAsync(plans, name, cancellationToken);

    private static async Task<WaveVersion> FindAsync(PlanViews plans, WavePlans waves, string plan, string version, CancellationToken cancellationToken)
    {
        var number = version == "newest" ? (int?)null : int.TryParse(version, out var given) ? given : -1;
        return await waves.FindAsync(await IdAsync(plans, plan, cancellationToken), number, cancellationToken);
    }

    private static WaveSchedule Schedule(WaveVersion version) => PlannerJson.Read(version.Schedule, PlannerJson.Default.WaveSchedule);

    internal static WaveVersionView View(string plan, WaveVersion version) => new(
        plan, version.Number, version.MadeAt, version.MadeBy, version.ApprovedAt, version.ApprovedBy, version.ApprovedBecause, WaveSummaryView.Of(Schedule(version), version.VmCount));

    internal static async Task<WaveVersionDetail> DetailAsync(IDbContextFactory<MigrateDb> databases, string plan, WaveVersion version, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        return new WaveVersionDetail(
            View(plan, version), Schedule(version).Waves, PlannerJson.Read(version.Assumptions, PlannerJson.Default.IReadOnlyListString), PlannerJson.Read(version.Rules, PlannerJson.Default.WaveRules),
            await VerdictHolds.OfPlanAsync(db, version.PlanId, cancellationToken));
    }
}
