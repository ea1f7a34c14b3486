using Microsoft.EntityFrameworkCore;
using Migrate.Api.Hosts;
using Migrate.Api.Inventory;
using Migrate.Api.Runs;
using Migrate.Api.Workers;
using Migrate.Executor.Runs;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Pages.Overview;

/// <summary>Reads the overview: a fixed number of queries, however large the estate is.</summary>
internal sealed class OverviewReader(IDbContextFactory<MigrateDb> databases, HostRegister hosts, RunViews views, TimeProvider time)
{
    private const int EventsShown = 10;
    private static readonly Paging All = new(1, Paging.Largest);

    public async Task<OverviewView> ReadAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var sources = await SourceEndpoints.ListAsync(null, All, databases, cancellationToken);
        var newest = db.InventoryVms.Where(x => x.ToVersion == null);
        var runs = await db.Runs.AsNoTracking().Where(x => !RunPhases.Final.Contains(x.Phase)).OrderByDescending(x => x.CreatedAt).ThenBy(x => x.Id).Take(Paging.Largest).Select(RunStore.Listed).ToListAsync(cancellationToken);
        var active = await views.ViewAsync(runs, cancellationToken);
        var events = EventList.OfRuns(db).OrderByDescending(x => x.Id).Take(EventsShown);
        return new OverviewView(
            sources.Items,
            (await HostEndpoints.ListAsync(null, All, databases, hosts, cancellationToken)).Items,
            (await WorkerEndpoints.ListAsync(null, All, databases, time, cancellationToken)).Items,
            sources.Items.Sum(x => x.VmCount),
            await newest.SumAsync(x => x.CapacityBytes, cancellationToken),
            await db.Plans.CountAsync(cancellationToken),
            await db.PlanVms.CountAsync(cancellationToken),
            await db.PlanVms.CountAsync(x => x.CriticalCount > 0, cancellationToken),
            await db.PlanVms.CountAsync(x => x.CriticalCount == 0 && !db.Runs.Any(r => r.PlanVmId == x.Id && r.Phase != RunPhase.RolledBack), cancellationToken),
            await db.Runs.GroupBy(x => x.Phase).Select(x => new PhaseCount(x.Key, x.Count())).ToListAsync(cancellationToken),
            active,
            active.Sum(x => x.BytesPerSecond),
            await NextCutOverAsync(db, now, cancellationToken),
            await EventList.WithVmsAsync(db, events, cancellationToken));
    }

    /// <summary>Of runs that somebody set a time for, and of approved waves that have not begun.</summary>
    private static async Task<NextCutOver?> NextCutOverAsync(MigrateDb db, DateTime now, CancellationToken cancellationToken)
    {
        var run = await db.Runs.AsNoTracking().Where(x => x.CutOverAt > now && !RunPhases.Final.Contains(x.Phase) && x.Phase != RunPhase.Failed && x.Phase != RunPhase.Validating).OrderBy(x => x.CutOverAt).FirstOrDefaultAsync(cancellationToken);
        var vm = await db.PlanVms.AsNoTracking().Where(x => x.CutOverAt > now && !db.Runs.Any(r => r.PlanVmId == x.Id)).OrderBy(x => x.CutOverAt).FirstOrDefaultAsync(cancellationToken);
        NextCutOver?[] both = [run is null ? null : new NextCutOver(run.VmName, run.Id, run.CutOverAt!.Value), vm is null ? null : new NextCutOver(vm.VmName, null, vm.CutOverAt!.Value)];
        return both.OfType<NextCutOver>().MinBy(x => x.At);
    }
}
