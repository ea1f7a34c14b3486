using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Baselines.Collection;

/// <summary>Which VMs are collected.</summary>
public sealed class BaselineWatches(IDbContextFactory<MigrateDb> factory, TimeProvider time)
{
    /// <summary>Starts collecting; a VM that is collected already goes on, a stopped one goes on at its watermark. Returns how many began.</summary>
    public async Task<int> StartAsync(Guid sourceId, IReadOnlyList<Vm> vms, CancellationToken cancellationToken)
    {
        await using var db = await factory.CreateDbContextAsync(cancellationToken);
        var known = await db.BaselineWatches.Where(w => w.SourceId == sourceId).ToDictionaryAsync(w => w.VmKey, cancellationToken);
        var began = 0;
        foreach (var vm in vms)
        {
            if (!known.TryGetValue(vm.Key, out var watch))
            {
                db.BaselineWatches.Add(known[vm.Key] = new BaselineWatch
                {
                    SourceId = sourceId,
                    VmKey = vm.Key,
                    VmName = vm.Name,
                    DiskCount = vm.Disks.Count,
                    StartedAt = time.GetUtcNow().UtcDateTime,
                });
                began++;
            }
            else if (watch.StoppedAt is not null)
            {
                (watch.StoppedAt, watch.VmName, watch.DiskCount) = (null, vm.Name, vm.Disks.Count);
                began++;
            }
        }

        await db.SaveChangesAsync(cancellationToken);
        return began;
    }

    /// <summary>Stops collecting and keeps what was collected; null stops all of the source. Returns how many were stopped.</summary>
    public async Task<int> StopAsync(Guid sourceId, IReadOnlyList<string>? vmKeys, CancellationToken cancellationToken)
    {
        await using var db = await factory.CreateDbContextAsync(cancellationToken);
        DateTime? now = time.GetUtcNow().UtcDateTime;
        return await db.BaselineWatches
            .Where(w => w.SourceId == sourceId && w.StoppedAt == null && (vmKeys == null || vmKeys.Contains(w.VmKey)))
            .ExecuteUpdateAsync(set => set.SetProperty(w => w.StoppedAt, now), cancellationToken);
    }

    /// <summary>Forgets a VM and everything that was collected of it. Returns false when there was nothing.</summary>
    public async Task<bool> RemoveAsync(Guid sourceId, string vmKey, CancellationToken cancellationToken)
    {
        await using var db = await factory.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.SampleBlocks.Where(x => x.SourceId == sourceId && x.VmKey == vmKey).ExecuteDeleteAsync(cancellationToken);
        await db.BaselineGaps.Where(x => x.SourceId == sourceId && x.VmKey == vmKey).ExecuteDeleteAsync(cancellationToken);
        await db.BaselineEvents.Where(x => x.SourceId == sourceId && x.VmKey == vmKey).ExecuteDeleteAsync(cancellationToken);
        var removed = await db.BaselineWatches.Where(x => x.SourceId == sourceId && x.VmKey == vmKey).ExecuteDeleteAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return removed > 0;
    }

    public async Task<BaselineWatch?> FindAsync(Guid sourceId, string vmKey, CancellationToken cancellationToken)
    {
        await using var db = await factory.CreateDbContextAsync(cancellationToken);
        return await db.BaselineWatches.AsNoTracking().SingleOrDefaultAsync(w => w.SourceId == sourceId && w.VmKey == vmKey, cancellationToken);
    }

    /// <summary>Sources of which something is collected.</summary>
    public async Task<IReadOnlyList<Source>> SourcesAsync(CancellationToken cancellationToken)
    {
        await using var db = await factory.CreateDbContextAsync(cancellationToken);
        return await db.Sources.AsNoTracking().Where(s => db.BaselineWatches.Any(w => w.SourceId == s.Id && w.StoppedAt == null))
            .OrderBy(s => s.Name).ToListAsync(cancellationToken);
    }
}
