using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Baselines.Collection;

/// <summary>How much of collected baselines is kept; what runs took for themselves is no part of it and stays.</summary>
/// <param name="Kept">Samples, gaps and events that are older go.</param>
public sealed record RetentionOptions(TimeSpan Kept)
{
    /// <summary>Half a year: figures are made of four weeks, and what was half a year ago still shows how load grew.</summary>
    public static readonly RetentionOptions Default = new(TimeSpan.FromDays(26 * 7));

    /// <summary>No less than figures are made of.</summary>
    public static readonly TimeSpan Least = CollectedBaselines.DefaultWindow;
}

/// <summary>Deletes what is older than is kept: some VMs at a time, so that no transaction is long and collecting goes on beside it.</summary>
public sealed class BaselineRetention(IDbContextFactory<MigrateDb> factory, RetentionOptions options, TimeProvider time)
{
    private const int VmsAtOnce = 50;

    /// <summary>Returns how many blocks of samples were deleted.</summary>
    public async Task<int> PruneAsync(CancellationToken cancellationToken)
    {
        var before = time.GetUtcNow().UtcDateTime - options.Kept;
        // A block begins up to its length before its last sample.
        var start = before.AddSeconds(-Series.SampleBlocks.SecondsPerBlock);
        await using var db = await factory.CreateDbContextAsync(cancellationToken);
        var watches = await db.BaselineWatches.Select(w => new { w.SourceId, w.VmKey }).ToListAsync(cancellationToken);
        var deleted = 0;
        foreach (var (source, keys) in watches.GroupBy(w => w.SourceId).SelectMany(group => group.Select(w => w.VmKey).Order(StringComparer.Ordinal).Chunk(VmsAtOnce), (group, keys) => (group.Key, keys)))
        {
            deleted += await db.SampleBlocks.Where(b => b.SourceId == source && keys.Contains(b.VmKey) && b.Start <= start).ExecuteDeleteAsync(cancellationToken);
            await db.BaselineEvents.Where(e => e.SourceId == source && keys.Contains(e.VmKey) && e.At < before).ExecuteDeleteAsync(cancellationToken);
            await db.BaselineGaps.Where(g => g.SourceId == source && keys.Contains(g.VmKey) && g.Before < before).ExecuteDeleteAsync(cancellationToken);
        }

        return deleted;
    }
}
