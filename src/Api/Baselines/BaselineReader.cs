using Microsoft.EntityFrameworkCore;
using Migrate.Api.Inventory;
using Migrate.Planner;
using Migrate.Planner.Baselines.Collection;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Baselines;

/// <summary>Answers which VMs are collected, at which cost, and which are meant.</summary>
internal sealed class BaselineReader(
    IDbContextFactory<MigrateDb> databases, InventoryReader inventory, InventoryStore inventories, BaselineService service)
{
    private const int DefaultMetricsPerQuery = 256;

    /// <summary>The VMs that were chosen, as the newest inventory has them.</summary>
    public async Task<IReadOnlyList<Vm>> ChosenAsync(Source source, ChooseVms choice, CancellationToken cancellationToken)
    {
        if (choice.All == choice.Vms is { Count: > 0 })
        {
            throw new MigrateException("baseline.vms-missing", "Which VMs are meant is not said: it must be either a list or all.", "Give --vm once for each VM, or --all.");
        }

        if (choice.All)
        {
            var all = await inventories.ListVmsAsync(source.Id, cancellationToken);
            return all.Count > 0 || (await inventories.ListVersionsAsync(source.Id, cancellationToken)).Count > 0
                ? [.. all.Where(vm => !vm.IsTemplate)]
                : throw new MigrateException("inventory.unknown", $"Source '{source.Name}' has no inventory yet.", $"Run 'migrate inventory sync {source.Name}'.");
        }

        return await inventory.ChooseVmsAsync(source, [.. choice.Vms!.Distinct()], cancellationToken);
    }

    public async Task<Vm> VmAsync(Source source, string nameOrKey, CancellationToken cancellationToken) =>
        (await inventory.ChooseVmsAsync(source, [nameOrKey], cancellationToken))[0];

    public static readonly ListOrders<BaselineWatch> Orders = new ListOrders<BaselineWatch>("vm").Last(w => w.VmKey).By("vm", w => w.VmName).By("startedAt", w => w.StartedAt);

    public async Task<Page<BaselineWatchView>> ListAsync(Source source, string? filter, Paging paging, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var watches = db.BaselineWatches.AsNoTracking().Where(w => w.SourceId == source.Id).Named(w => w.VmName, filter);
        var page = await Orders.Apply(watches, paging.Sort).Skip(paging.Skip).Take(paging.Size)
            .Select(w => new
            {
                Watch = w,
                Gaps = db.BaselineGaps.Count(g => g.SourceId == w.SourceId && g.VmKey == w.VmKey),
                Bytes = db.SampleBlocks.Where(b => b.SourceId == w.SourceId && b.VmKey == w.VmKey).Sum(b => (long)b.Body.Length),
            })
            .ToListAsync(cancellationToken);
        return new Page<BaselineWatchView>(
            [
                .. page.Select(x => new BaselineWatchView(
                    x.Watch.VmKey, x.Watch.VmName, x.Watch.StoppedAt is not null ? "stopped" : x.Watch.Error is not null ? "failing" : "collecting", x.Watch.DiskCount,
                    x.Watch.StartedAt, x.Watch.StoppedAt, x.Watch.Watermark, x.Watch.PolledAt, x.Gaps, x.Bytes, x.Watch.Error)),
            ],
            paging.Number, paging.Size, await watches.LongCountAsync(cancellationToken));
    }

    public async Task<BaselineLoadView> LoadAsync(Source source, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var disks = await db.BaselineWatches.Where(w => w.SourceId == source.Id && w.StoppedAt == null).Select(w => w.DiskCount).ToListAsync(cancellationToken);
        var last = service.LastOf(source.Id);
        var limit = last is { MetricsPerQuery: > 0 and var known } ? known : DefaultMetricsPerQuery;
        var calls = CollectionLoad.CallsPerPoll(disks, limit);
        return new BaselineLoadView(
            source.Name, disks.Count, disks.Sum(), limit, calls, CollectionSchedule.Interval.TotalMinutes, CollectionLoad.CallsPerMinute(calls), last?.Round.Calls);
    }

    public async Task<int> CollectedAsync(Guid sourceId, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        return await db.BaselineWatches.CountAsync(w => w.SourceId == sourceId && w.StoppedAt == null, cancellationToken);
    }
}
