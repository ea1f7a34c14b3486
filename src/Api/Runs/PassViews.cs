using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Runs.Warm;
using Migrate.Planner;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Api.Runs;

/// <summary>Reads the passes of warm runs the way that the API shows them, and their forecasts.</summary>
internal sealed class PassViews(IDbContextFactory<MigrateDb> databases, WarmForecast forecasts, PlanViews plans)
{
    public static readonly ListOrders<RunPass> Orders = new ListOrders<RunPass>("number").Last(x => x.Number).By("number", x => x.Number);

    /// <summary>The passes of a run, oldest first unless another order is asked for.</summary>
    public async Task<Page<PassView>> OfRunAsync(Guid runId, Paging paging, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        await FindAsync(db, runId, cancellationToken);
        var passes = db.RunPasses.AsNoTracking().Where(x => x.RunId == runId);
        var page = await Orders.Apply(passes, paging.Sort).Skip(paging.Skip).Take(paging.Size).ToListAsync(cancellationToken);
        return new Page<PassView>(await ViewAsync(db, page, cancellationToken), paging.Number, paging.Size, await passes.LongCountAsync(cancellationToken));
    }

    /// <summary>The newest passes of a run, oldest first.</summary>
    public async Task<IReadOnlyList<PassView>> NewestAsync(Guid runId, int most, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var newest = await db.RunPasses.AsNoTracking().Where(x => x.RunId == runId).OrderByDescending(x => x.Number).Take(most).ToListAsync(cancellationToken);
        return await ViewAsync(db, [.. newest.OrderBy(x => x.Number)], cancellationToken);
    }

    public async Task<ForecastView> ForecastOfRunAsync(Guid runId, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var run = await FindAsync(db, runId, cancellationToken);
        var plan = await db.Plans.AsNoTracking().SingleAsync(x => x.Id == run.PlanId, cancellationToken);
        var warm = PlannerJson.Read(plan.Policy, PlannerJson.Default.PlanPolicy).Warm;
        return ForecastView.Of(run.VmName, warm.AllowedDowntimeSeconds, await forecasts.OfRunAsync(runId, cancellationToken));
    }

    /// <summary>The forecasts of a plan's VMs that move warm, before any pass.</summary>
    public async Task<Page<ForecastView>> ForecastsOfPlanAsync(string name, string? filter, Paging paging, CancellationToken cancellationToken)
    {
        var plan = await Plans.PlanEndpoints.FindAsync(plans, name, null, 0, 1, cancellationToken);
        var page = await forecasts.OfPlanAsync(plan.Id, filter, paging.Sort, paging.Skip, paging.Size, cancellationToken);
        return new Page<ForecastView>(
            [.. page.Items.Select(x => ForecastView.Of(x.VmName, plan.Policy.Warm.AllowedDowntimeSeconds, x.Forecast))], paging.Number, paging.Size, page.Total);
    }

    private static async Task<IReadOnlyList<PassView>> ViewAsync(MigrateDb db, IReadOnlyList<RunPass> passes, CancellationToken cancellationToken)
    {
        var ids = passes.Select(x => x.Id).ToList();
        var disks = (await db.RunPassDisks.AsNoTracking().Where(x => ids.Contains(x.PassId)).OrderBy(x => x.DiskKey).ToListAsync(cancellationToken)).ToLookup(x => x.PassId);
        return [.. passes.Select(x => ViewOf(x, [.. disks[x.Id]]))];
    }

    private static PassView ViewOf(RunPass pass, IReadOnlyList<RunPassDisk> disks) => new(
        pass.Number, pass.IsLast, pass.Outcome, pass.Reason, pass.IsCrashConsistent, pass.StartedAt, pass.FrozenAt, pass.FinishedAt,
        pass is { FrozenAt: { } from, CopiedAt: { } to } ? (to - from).TotalSeconds : null, pass.FreezeMs, pass.MergeMs,
        disks.Sum(x => x.BytesNamed), disks.Sum(x => x.BytesRead), disks.Sum(x => x.BytesSent), disks.Sum(x => x.SampledExtents), disks.Sum(x => x.WrongExtents),
        [
            .. disks.Select(x => new PassDiskView(
                x.DiskKey, x.Label, x.Basis, x.Reason, x.StartedAt, x.FinishedAt, x.BytesNamed, x.BytesRead, x.BytesSent, x.SampledExtents, x.WrongExtents, x.SourceHash)),
        ]);

    private static async Task<Run> FindAsync(MigrateDb db, Guid runId, CancellationToken cancellationToken) =>
        await db.Runs.AsNoTracking().SingleOrDefaultAsync(x => x.Id == runId, cancellationToken)
            ?? throw new MigrateException("run.unknown", $"There is no run {runId}.", "See 'migrate run list'.");
}
