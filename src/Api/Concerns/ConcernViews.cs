using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Api.Concerns;

/// <summary>Which concerns are asked for; null means any.</summary>
internal sealed record ConcernFilter(ConcernSeverity? Severity, string? Vm, string? Id)
{
    public IReadOnlyList<Concern> Of(IEnumerable<Concern> concerns) =>
        [.. concerns.Where(Has).OrderByDescending(x => x.Severity)];

    public bool Has(Concern concern) => (Severity is null || concern.Severity == Severity) && (Id is null || concern.Id == Id);
}

/// <summary>Concerns of plans and sources, a page of VMs at a time.</summary>
internal sealed class ConcernViews(IDbContextFactory<MigrateDb> databases, SourceConcerns sources, ConcernOverrides overrides, PlanChecks checks)
{
    public static readonly ListOrders<IConcernDescription> KindOrders = new ListOrders<IConcernDescription>("id").Last(x => x.Id).By("id", x => x.Id).By("label", x => x.Label).By("severity", x => x.Severity, x => x.Id);

    /// <summary>Of a source, whose VMs are in no wave: the words are those of plans.</summary>
    private static readonly ListOrders<VmConcerns> OfVms = new ListOrders<VmConcerns>("wave").Last(x => x.VmKey).By("wave", x => x.VmName).By("vm", x => x.VmName);

    public static ConcernKind KindOf(IConcernDescription one) => new(
        one.Id, one.Label, one.Severity, one.Finds, one.Assessment, one.Remedy, one.Details, one.Source, one.Severity == ConcernSeverity.Critical && one.CanBeOverridden, one is not IConcernRule);

    public static OverrideView ViewOf(ConcernOverride one) => new(
        one.VmName, one.VmKey, one.ConcernId, one.InventoryVersion, JsonSerializer.Deserialize(one.Findings, PlannerJson.Default.IReadOnlyListConcern)!,
        one.Reason, one.GivenBy, one.GivenAt, one.LiftedAt, one.LiftedBy, one.LiftedBecause);

    public async Task<Page<ConcernsOfVm>> ListAsync(string? plan, string? source, ConcernFilter filter, Paging paging, CancellationToken cancellationToken)
    {
        if (plan is null == source is null)
        {
            throw new MigrateException("concerns.plan-or-source", "Concerns are those of one plan or of one source.", "Name one of the two: a plan, or a source.");
        }

        if (filter.Id is { } id)
        {
            ConcernCatalogue.Find(id);
        }

        return plan is not null ? await OfPlanAsync(plan, filter, paging, cancellationToken) : await OfSourceAsync(source!, filter, paging, cancellationToken);
    }

    /// <summary>The plan's overrides, lifted ones too, newest first, at most a page.</summary>
    public async Task<IReadOnlyList<OverrideView>> OverridesAsync(Guid planId, CancellationToken cancellationToken) =>
        [.. (await overrides.ListAsync(planId, null, null, 0, Paging.Largest, cancellationToken)).Items.Select(ViewOf)];

    public async Task<PlanCheckView?> LatestCheckAsync(Guid planId, CancellationToken cancellationToken) =>
        await checks.LatestAsync(planId, cancellationToken) is { } check ? await ViewAsync(check, cancellationToken) : null;

    public async Task<PlanCheckView> ViewAsync(PlanCheck check, CancellationToken cancellationToken)
    {
        var findings = PlanChecks.Findings(check);
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var names = await db.PlanVms.Where(x => x.PlanId == check.PlanId).Select(x => new { x.VmKey, x.VmName }).ToDictionaryAsync(x => x.VmKey, x => x.VmName, cancellationToken);
        return new PlanCheckView(
            check.StartedAt, check.FinishedAt, check.Tried, check.CriticalCount, check.WarningCount, check.InformationCount,
            [.. findings.OrderByDescending(x => x.Concern.Severity).Select(x => new CheckFinding(x.VmKey is null ? null : names.GetValueOrDefault(x.VmKey, x.VmKey), x.Concern))]);
    }

    private async Task<Page<ConcernsOfVm>> OfPlanAsync(string name, ConcernFilter filter, Paging paging, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var plan = await db.Plans.AsNoTracking().SingleOrDefaultAsync(x => x.Name == name, cancellationToken)
            ?? throw new MigrateException("plan.unknown", $"There is no plan named '{name}'.", "See 'migrate plan list'.");
        var probed = PlanChecks.Findings(await checks.LatestAsync(plan.Id, cancellationToken));
        List<string> keys = [.. probed.Where(x => filter.Of([x.Concern]).Count > 0).Select(x => x.VmKey ?? "").Distinct()];
        var all = keys.Contains("");
        var vms = db.PlanVms.AsNoTracking().Where(x => x.PlanId == plan.Id && (filter.Vm == null || x.VmName == filter.Vm || x.VmKey == filter.Vm));
        // One concern must be both: a VM that has the one as Warning and another one as Critical has no Critical one of that id.
        if (filter.Id is { } id)
        {
            var mark = filter.Severity is { } also ? $"\"id\":\"{id}\",\"severity\":\"{also}\"" : $"\"id\":\"{id}\",";
            vms = vms.Where(x => all || keys.Contains(x.VmKey) || x.Concerns.Contains(mark));
        }
        else
        {
            var severity = filter.Severity;
            vms = vms.Where(x => all || keys.Contains(x.VmKey) || (severity == ConcernSeverity.Critical ? x.CriticalCount : severity == ConcernSeverity.Warning ? x.WarningCount
                : severity == ConcernSeverity.Information ? x.InformationCount : x.CriticalCount + x.WarningCount + x.InformationCount) > 0);
        }

        var page = await PlanViews.VmOrders.Apply(vms, paging.Sort).Skip(paging.Skip).Take(paging.Size).ToListAsync(cancellationToken);
        return new Page<ConcernsOfVm>(
            [
                .. page.Select(x => new ConcernsOfVm(
                    name, x.Wave, x.VmName, x.VmKey,
                    filter.Of(JsonSerializer.Deserialize(x.Concerns, PlannerJson.Default.IReadOnlyListConcern)!.Concat(PlanChecks.Of(probed, x.VmKey))))),
            ],
            paging.Number,
            paging.Size,
            await vms.CountAsync(cancellationToken));
    }

    private async Task<Page<ConcernsOfVm>> OfSourceAsync(string name, ConcernFilter filter, Paging paging, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var source = await db.Sources.AsNoTracking().SingleOrDefaultAsync(x => x.Name == name, cancellationToken)
            ?? throw new MigrateException("source.unknown", $"There is no source named '{name}'.", "See 'migrate source list'.");
        var judged = await sources.JudgeAsync(source.Id, cancellationToken)
            ?? throw new MigrateException("inventory.unknown", $"The source '{name}' was never synchronised.", $"Synchronise it with 'migrate inventory sync {name}'.");
        List<VmConcerns> found = [.. judged.Where(x => (filter.Vm is null || x.VmName == filter.Vm || x.VmKey == filter.Vm) && x.Concerns.Any(filter.Has))];
        return new Page<ConcernsOfVm>(
            [.. OfVms.Apply(found, paging.Sort).Skip(paging.Skip).Take(paging.Size).Select(x => new ConcernsOfVm(null, null, x.VmName, x.VmKey, filter.Of(x.Concerns)))],
            paging.Number, paging.Size, found.Count);
    }
}
