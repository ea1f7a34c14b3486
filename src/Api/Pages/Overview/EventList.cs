using Microsoft.EntityFrameworkCore;
using Migrate.Api.Runs;
using Migrate.Executor.Runs;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Pages.Overview;

/// <summary>What happens in all runs.</summary>
internal sealed class EventList(IDbContextFactory<MigrateDb> databases, TimeProvider time)
{
    /// <summary>Lines are numbered in the order of their times.</summary>
    public static readonly ListOrders<RunEvent> Orders = new ListOrders<RunEvent>("-at").Last(x => x.Id).By("at", x => x.Id);

    private readonly RecentCounts _counts = new(time);

    public async Task<Page<NewestEvent>> ListAsync(string? filter, string? level, Paging paging, CancellationToken cancellationToken)
    {
        RunViews.CheckLevel(level);
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var events = OfRuns(db).Where(x => level == null || x.Level == level);
        if (!string.IsNullOrEmpty(filter))
        {
            if (await RunStore.NamedAsync(db, db.Runs.AsNoTracking(), filter, null, cancellationToken) is not { } named)
            {
                return new Page<NewestEvent>([], paging.Number, paging.Size, 0);
            }

            var runs = named.Select(x => x.Id);
            events = events.Where(x => runs.Contains(x.RunId));
        }

        var page = Orders.Apply(events, paging.Sort).Skip(paging.Skip).Take(paging.Size);
        return new Page<NewestEvent>(await WithVmsAsync(db, page, cancellationToken), paging.Number, paging.Size, await _counts.OfAsync($"{level} {filter}", () => events.CountAsync(cancellationToken)));
    }

    /// <summary>Lines of runs that are there.</summary>
    public static IQueryable<RunEvent> OfRuns(MigrateDb db) => db.RunEvents.AsNoTracking().Where(x => db.Runs.Any(run => run.Id == x.RunId));

    /// <summary>The same lines with the names of their VMs, in one statement: a run that goes meanwhile takes none of them away.</summary>
    public static async Task<IReadOnlyList<NewestEvent>> WithVmsAsync(MigrateDb db, IQueryable<RunEvent> lines, CancellationToken cancellationToken)
    {
        var named = await lines.Select(x => new { Line = x, Vm = db.Runs.Where(run => run.Id == x.RunId).Select(run => run.VmName).First() }).ToListAsync(cancellationToken);
        return [.. named.Select(x => new NewestEvent(x.Vm, RunViews.ViewOf(x.Line)))];
    }
}
