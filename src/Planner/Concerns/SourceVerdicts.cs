using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Baselines;
using Migrate.Planner.Baselines.Profiles;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Concerns;

/// <summary>
/// Writes beside each VM of the newest inventories what lists filter and sort by and no source tells: its concerns without a plan, and how fast it changes.
/// After each synchronisation, and again each hour, since baselines grow and snapshots age while an inventory stays the same.
/// </summary>
public sealed class SourceVerdicts(IDbContextFactory<MigrateDb> factory, SourceConcerns concerns, TimeProvider time)
{
    private const int BatchSize = 500;

    public static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    /// <summary>Sources whose newest inventory was not judged yet, or too long ago.</summary>
    public async Task<IReadOnlyList<(Guid SourceId, int Version)>> ListDueAsync(CancellationToken cancellationToken)
    {
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        DateTime before = time.GetUtcNow().UtcDateTime - Kept;
        var due = await db.InventoryVersions.Where(version => (version.JudgedAt == null || version.JudgedAt < before)
                && !db.InventoryVersions.Any(newer => newer.SourceId == version.SourceId && newer.Number > version.Number))
            .OrderBy(version => version.SourceId).Select(version => new { version.SourceId, version.Number }).ToListAsync(cancellationToken);
        return [.. due.Select(version => (version.SourceId, version.Number))];
    }

    /// <summary>Judges the VMs of a source's newest inventory and writes what differs.</summary>
    /// <param name="sourceId">The source.</param>
    /// <param name="version">Its newest version, as <see cref="ListDueAsync"/> says; one that comes meanwhile stays to be judged.</param>
    /// <param name="cancellationToken">Ends it; what was written stays.</param>
    /// <returns>How many VMs it wrote; null when a synchronisation was in its way or the source went: then what is still there stays due.</returns>
    public async Task<int?> KeepAsync(Guid sourceId, int version, CancellationToken cancellationToken)
    {
        DateTime now = time.GetUtcNow().UtcDateTime;
        Dictionary<string, VmConcerns> judged = (await concerns.JudgeAsync(sourceId, cancellationToken) ?? []).ToDictionary(vm => vm.VmKey, StringComparer.Ordinal);
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        ILookup<string, MeasuredChange> changes = await MeasuredChange.LoadAsync(db, sourceId, now - CollectedBaselines.DefaultWindow, cancellationToken);
        List<InventoryVm> rows = await db.InventoryVms.AsNoTracking().Where(row => row.SourceId == sourceId && row.ToVersion == null).ToListAsync(cancellationToken);
        int written = 0;
        foreach (InventoryVm[] batch in rows.Where(row => judged.ContainsKey(row.Key)).Chunk(BatchSize))
        {
            db.AttachRange(batch);
            foreach (InventoryVm row in batch)
            {
                Write(row, judged[row.Key], changes[row.Key]);
            }
            try
            {
                written += await db.SaveChangesAsync(cancellationToken);
            }
            catch (Exception e) when (e is DbUpdateConcurrencyException || DatabaseTrouble.IsLostRace(e))
            {
                return null;
            }
            db.ChangeTracker.Clear();
        }
        await db.InventoryVersions.Where(each => each.SourceId == sourceId && each.Number == version).ExecuteUpdateAsync(set => set.SetProperty(each => each.JudgedAt, now), cancellationToken);
        return written;
    }

    private static void Write(InventoryVm row, VmConcerns judged, IEnumerable<MeasuredChange> changes)
    {
        var rate = ChangeRates.OfVm(changes, judged.WriteBytesPerSecond);
        row.ChangeBytesPerSecond = rate is { } known ? (long)known.BytesPerSecond : -1;
        row.ChangeOrigin = rate?.Origin;
        row.Worst = judged.Concerns.Count == 0 ? (int)WorstConcern.None : (int)WorstConcern.Information + (int)judged.Concerns.Max(concern => concern.Severity);
        row.CriticalCount = judged.Concerns.Count(concern => concern.Severity == ConcernSeverity.Critical);
        row.WarningCount = judged.Concerns.Count(concern => concern.Severity == ConcernSeverity.Warning);
        row.InformationCount = judged.Concerns.Count(concern => concern.Severity == ConcernSeverity.Information);
        row.ConcernIds = InventoryVm.Joined(judged.Concerns.OrderByDescending(concern => concern.Severity).Select(concern => concern.Id).Distinct());
    }
}
