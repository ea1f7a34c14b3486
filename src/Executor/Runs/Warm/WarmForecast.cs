using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Copy;
using Migrate.Executor.Copy.Throttle;
using Migrate.Executor.Rehearsals;
using Migrate.Executor.Runs.Steps;
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
public sealed class WarmForecast(
    IDbContextFactory<MigrateDb> databases, BaselineStore baselines, InventoryStore inventories, CopyThrottles throttles, RunDestination destination, CopyOrigins origins, TimeProvider time)
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
        var isCompared = run.Tracking is { } saved && JsonSerializer.Deserialize<TrackingState>(saved)!.Distrusted is not null;
        var forecast = Of(planVm, PlannerJson.Read(plan.Policy, PlannerJson.Default.PlanPolicy), WritesOf(baseline), null, passes, isCompared, ConversionOf(run));
        // The seed is no measure: it goes on where closed hours broke it off.
        return forecast is null || passes.LastOrDefault(x => x.ChangedBytes is not null) is not { } last || await LongestOpenAsync(db, plan, planVm, cancellationToken) is not { } open
            ? forecast
            : forecast.WithinHours(last.CopySeconds + last.OverheadSeconds, open.TotalSeconds, PassHours.Remedy);
    }

    /// <summary>Of a plan's VMs that move warm, in their order, before any pass: by the baselines that were collected.</summary>
    public async Task<Page<PlannedForecast>> OfPlanAsync(Guid planId, string? search, string? sort, int skip, int take, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var plan = await db.Plans.AsNoTracking().SingleAsync(x => x.Id == planId, cancellationToken);
        var warm = db.PlanVms.AsNoTracking().Where(x => x.PlanId == planId && x.Mode == MigrationMode.Warm).Named(x => x.VmName, search);
        var page = await PlanViews.VmOrders.Apply(warm, sort).Skip(skip).Take(take).ToListAsync(cancellationToken);
        var inventory = await inventories.LoadAsync(plan.SourceId, plan.InventoryVersion, cancellationToken);
        HashSet<string> keys = [.. page.Select(x => x.VmKey)];
        var known = inventory is null ? null
            : await BaselineKnowledge.LoadAsync(db, plan.SourceId, inventory, [.. inventory.Vms.Where(x => keys.Contains(x.Key))], cancellationToken);
        var policy = PlannerJson.Read(plan.Policy, PlannerJson.Default.PlanPolicy);
        return new Page<PlannedForecast>(
            [.. page.Select(x => new PlannedForecast(x.VmName, known?.Facts.GetValueOrDefault(x.VmKey) is { } facts ? Of(x, policy, facts.WriteBytesPerSecond, facts.BusiestWriteBytesPerSecond, []) : null))],
            await warm.CountAsync(cancellationToken));
    }

    private ConvergenceForecast? Of(PlanVm vm, PlanPolicy policy, double? writes, double? busiestWrites, IReadOnlyList<ObservedPass> passes, bool isCompared = false, double conversion = 0)
    {
        if (writes is null && !passes.Any(x => x.ChangedBytes is not null))
        {
            return null;
        }

        var disks = DisksOf(vm);
        var capacity = disks.Sum(x => x.CapacityBytes);
        var before = PassEstimate.Before(
            capacity, capacity, writes ?? 0, busiestWrites, disks.Count == 0 ? 0 : disks.Min(x => x.ExpectedBytesPerSecond), policy.Warm.AllowedDowntimeSeconds, policy.Warm.MostPasses);
        var (factor, proof) = ProofOf(policy.Verify, disks);
        var model = (PassEstimate.From(passes, before, time.GetUtcNow().UtcDateTime) ?? before) with { LastPassFactor = factor, VerifiedBytes = proof, ConversionSeconds = conversion };
        return ConvergenceForecast.Of(isCompared ? model with { ComparedBytes = capacity } : model);
    }

    /// <summary>Of the last rehearsal that got as far; what it does with a guest that needs none, looking into it, a cutover does as well.</summary>
    private static double ConversionOf(Run run) => RehearsalRecord.Read(run.Rehearsal)?.ConversionSeconds ?? 0;

    private async Task<TimeSpan?> LongestOpenAsync(MigrateDb db, Plan plan, PlanVm vm, CancellationToken cancellationToken)
    {
        var origin = await origins.OfAsync(await db.Sources.AsNoTracking().SingleAsync(x => x.Id == plan.SourceId, cancellationToken), vm.VmKey, cancellationToken);
        var target = await destination.AddressAsync(cancellationToken);
        return throttles.LongestOpen(DisksOf(vm).SelectMany(x => CopyUses.Of(origin, x, target)));
    }

    /// <summary>What is read in the downtime to prove the copy, after the last pass.</summary>
    internal static (double Factor, long Bytes) ProofOf(VerifyLevel level, IReadOnlyList<PlannedDisk> disks) => level switch
    {
        VerifyLevel.Source => (1, disks.Sum(x => x.CapacityBytes)),
        VerifyLevel.Sample => (1, disks.Sum(x => Math.Min(x.CapacityBytes, 2L * new SelfTestOptions().SampleSize * Extent.Size))),
        _ => (2, 0),
    };

    private static IReadOnlyList<PlannedDisk> DisksOf(PlanVm vm) => JsonSerializer.Deserialize(vm.Disks, PlannerJson.Default.IReadOnlyListPlannedDisk)!;

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
