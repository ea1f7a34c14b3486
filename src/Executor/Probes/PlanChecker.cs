using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Sources;
using Migrate.Planner;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Probes;

/// <summary>Runs all probes for a plan and stores what they find; a wave's start refuses on what is Critical in the newest check.</summary>
public sealed class PlanChecker(
    IDbContextFactory<MigrateDb> databases, InventoryStore inventories, SourceAccess sources, PlanChecks checks, IEnumerable<IConcernProbe> probes, TimeProvider time)
{
    /// <summary>Throws <c>plan.unknown</c> or <c>inventory.none</c>; what a probe meets is a finding.</summary>
    public async Task<PlanCheck> CheckAsync(Guid planId, CancellationToken cancellationToken)
    {
        var started = time.GetUtcNow().UtcDateTime;
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var plan = await db.Plans.AsNoTracking().SingleOrDefaultAsync(x => x.Id == planId, cancellationToken)
            ?? throw new MigrateException("plan.unknown", $"There is no plan {planId}.", "List the plans and use one of their names or ids.");
        var source = await db.Sources.AsNoTracking().SingleOrDefaultAsync(x => x.Id == plan.SourceId, cancellationToken)
            ?? throw new MigrateException("source.unknown", $"The source of the plan '{plan.Name}' was removed.", "Add the source again and make a new plan.");
        var inventory = await inventories.LoadAsync(plan.SourceId, null, cancellationToken)
            ?? throw new MigrateException("inventory.none", $"The source of the plan '{plan.Name}' has no inventory.", "Synchronise the source's inventory.");
        var planned = await db.PlanVms.AsNoTracking().Where(x => x.PlanId == planId).Select(x => new { x.VmKey, x.Disks }).ToListAsync(cancellationToken);
        var vms = inventory.Vms.ToDictionary(x => x.Key);
        List<ProbedVm> probed =
        [
            .. planned.Where(x => vms.ContainsKey(x.VmKey))
                .Select(x => new ProbedVm(vms[x.VmKey], JsonSerializer.Deserialize(x.Disks, PlannerJson.Default.IReadOnlyListPlannedDisk)!)),
        ];
        var (tried, findings) = await ProbeAsync(source, inventory, probed, cancellationToken);
        return await checks.SaveAsync(planId, started, time.GetUtcNow().UtcDateTime, tried, findings, cancellationToken);
    }

    private async Task<(int Tried, IReadOnlyList<ProbeFinding> Findings)> ProbeAsync(
        Source source, SourceInventory inventory, List<ProbedVm> vms, CancellationToken cancellationToken)
    {
        try
        {
            await using var session = await sources.ConnectAsync(source, cancellationToken);
            var context = new ProbeContext(inventory, vms, session);
            var results = await Task.WhenAll(probes.Select(probe => probe.RunAsync(context, cancellationToken)));
            return (1 + results.Sum(x => x.Tried), [.. results.SelectMany(x => x.Findings).OrderByDescending(x => x.Concern.Severity)]);
        }
        catch (MigrateException e)
        {
            return (1, [new ProbeFinding(null, ProbeDescriptions.Login.Find(
                ConcernSeverity.Critical, source.Name, $"The source '{source.Name}' could not be asked: {e.Message}", e.Remedy ?? "Mend what the message says and check again."))]);
        }
    }
}
