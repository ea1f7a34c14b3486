using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Copy;
using Migrate.Planner;
using Migrate.Planner.Baselines;
using Migrate.Planner.Concerns;
using Migrate.Planner.Convergence;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.Executor.Runs.Warm;

/// <summary>How the passes of a run, or of a VM that is only planned, will go on.</summary>
public sealed class WarmForecast(IDbContextFactory<MigrateDb> databases, BaselineStore baselines, InventoryStore inventories, TimeProvider time)
{
    // What a month of passes says beyond the newest ones changes no forecast.
    private const int PassesRead = 60;

    /// <summary>From the run's passes and, where they do not tell yet, from its baseline. Null as long as nothing says how fast the VM changes.</summary>
    public async Task<ConvergenceForecast?> OfRunAsync(Guid runId, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var run = await db.Runs.AsNoTracking().SingleAsync(x => x.Id == runId, cancellationToken);
        var plan = await db.Plans.AsNoTracking().SingleAsync(x => x.Id == run.PlanId, cancellationToken);
        var planVm = await db.PlanVms.AsNoTracking().SingleAsync(x => x.Id == run.PlanVmId, cancellationToken);
        var passes = await ObservedAsync(db, runId, cancellationToken);
        var baseline = run.BaselineId is { } id ? await baselines.LoadAsync(id, cancellationToken) : await baselines.LoadLatestAsync(plan.SourceId, run.VmKey, cancellationToken);
        return Of(planVm, PlannerJson.Read(plan.Policy, PlannerJson.Default.PlanPolicy), WritesOf(baseline), null, passes);
    }

    /// <summary>Of a plan's VMs that move warm, in their order, before any pass: by the baselines that were collected.</summary>
    public async Task<Page<PlannedForecast>> OfPlanAsync(Guid planId, int skip, int take, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var plan = await db.Plans.AsNoTracking().SingleAsync(x => x.Id == planId, cancellationToken);
        var warm = db.PlanVms.AsNoTracking().Where(x => x.PlanId == planId && x.Mode == MigrationMode.Warm);
        var page = await warm.OrderBy(x => x.Wave).ThenBy(x => x.Position).ThenBy(x => x.Id).Skip(skip).Take(take).ToListAsync(cancellationToken);
        var inventory = await inventories.LoadAsync(plan.SourceId, plan.InventoryVersion, cancellationToken);
        HashSet<string> keys = [.. page.Select(x => x.VmKey)];
        var known = inventory is null ? null
            : await BaselineKnowledge.LoadAsync(db, plan.SourceId, inventory, [.. inventory.Vms.Where(x => keys.Contains(x.Key))], cancellationToken);
        var policy = PlannerJson.Read(plan.Policy, PlannerJson.Default.PlanPolicy);
        return new Page<PlannedForecast>(
            [.. page.Select(x => new PlannedForecast(x.VmName, known?.Facts.GetValueOrDefault(x.VmKey) is { } facts ? Of(x, policy, facts.WriteBytesPerSecond, facts.BusiestWriteBytesPerSecond, []) : null))],
            await warm.CountAsync(cancellationToken));
    }

    private ConvergenceForecast? Of(PlanVm vm, PlanPolicy policy, double? writes, double? busiestWrites, IReadOnlyList<ObservedPass> passes)
    {
        if (writes is null && !passes.Any(x => x.ChangedBytes is not null))
        {
            return null;
        }

        var disks = JsonSerializer.Deserialize(vm.Disks, PlannerJson.Default.IReadOnlyListPlannedDisk)!;
        var capacity = disks.Sum(x => x.CapacityBytes);
        var before = PassEstimate.Before(
            capacity, capacity, writes ?? 0, busiestWrites, disks.Count == 0 ? 0 : disks.Min(x => x.ExpectedBytesPerSecond), policy.Warm.AllowedDowntimeSeconds, policy.Warm.MostPasses);
        return ConvergenceForecast.Of(PassEstimate.From(passes, before, time.GetUtcNow().UtcDateTime) ?? before);
    }

    private static double? WritesOf(Baseline? baseline)
    {
        List<double> measured = baseline is null ? [] : [.. BaselineSummary.Of(baseline).Disks.Select(x => x.Write.MeanBytesPerSecond).OfType<double>()];
        return measured.Count == 0 ? null : measured.Sum();
    }

    private static async Task<IReadOnlyList<ObservedPass>> ObservedAsync(MigrateDb db, Guid runId, CancellationToken cancellationToken)
    {
        var passes = await db.RunPasses.AsNoTracking().Where(x => x.RunId == runId && x.Outcome == PassOutcome.Completed)
            .OrderByDescending(x => x.Number).Take(PassesRead).ToListAsync(cancellationToken);
        var ids = passes.ConvertAll(x => x.Id);
        var disks = (await db.RunPassDisks.AsNoTracking().Where(x => ids.Contains(x.PassId)).ToListAsync(cancellationToken)).ToLookup(x => x.PassId);
        return
        [
            .. passes.Where(x => x is { FrozenAt: not null, CopiedAt: not null }).OrderBy(x => x.Number).Select(x => new ObservedPass(
                x.FrozenAt!.Value,
                disks[x.Id].All(y => y is { Basis: PassBasis.Changes, WrongExtents: 0 }) ? disks[x.Id].Sum(y => y.BytesNamed) : null,
                disks[x.Id].Sum(y => y.BytesRead),
                disks[x.Id].Sum(y => y.SampledExtents) * Extent.Size,
                (x.CopiedAt!.Value - x.FrozenAt.Value).TotalSeconds,
                ((x.FreezeMs ?? 0) + (x.MergeMs ?? 0)) / 1000.0)),
        ];
    }
}

/// <summary>A VM that is planned to move warm. <paramref name="Forecast"/> is null where no baseline tells how fast it changes.</summary>
public sealed record PlannedForecast(string VmName, ConvergenceForecast? Forecast);
