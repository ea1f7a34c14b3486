using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Inventory;

public sealed partial class InventoryStore
{
    /// <summary>How many versions of a source are kept when nobody says otherwise.</summary>
    public const int UsualVersions = 30;

    /// <summary>
    /// Forgets old versions of a source: all but the newest <paramref name="keep"/> and those that a plan was made against, whose runs may be
    /// asked about for good. Then, some rows at a time so that nobody waits long for the database, the states that were true in none of the
    /// versions that are left. Ended half-way it goes on the next time.
    /// </summary>
    /// <returns>Versions and rows that went.</returns>
    public async Task<(int Versions, int Rows)> PruneAsync(Guid sourceId, int keep, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(keep, 1);
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        int? oldest = await db.InventoryVersions.Where(version => version.SourceId == sourceId).OrderByDescending(version => version.Number)
            .Skip(keep - 1).Select(version => (int?)version.Number).FirstOrDefaultAsync(cancellationToken);
        if (oldest is null)
        {
            return (0, 0);
        }
        int versions = await db.InventoryVersions
            .Where(version => version.SourceId == sourceId && version.Number < oldest
                && !db.Plans.Any(plan => plan.SourceId == sourceId && plan.InventoryVersion == version.Number))
            .ExecuteDeleteAsync(cancellationToken);
        int rows = 0;
        for (long last = 0; ;)
        {
            List<long> unseen = await db.InventoryObjects
                .Where(row => row.SourceId == sourceId && row.ToVersion != null && row.ToVersion <= oldest && row.Id > last
                    && !db.InventoryVersions.Any(version => version.SourceId == sourceId && version.Number >= row.FromVersion && version.Number < row.ToVersion))
                .OrderBy(row => row.Id).Select(row => row.Id).Take(BatchSize).ToListAsync(cancellationToken);
            _ = unseen.Count == 0 ? 0 : await db.InventoryVms.Where(row => unseen.Contains(row.Id)).ExecuteDeleteAsync(cancellationToken);
            rows += unseen.Count == 0 ? 0 : await db.InventoryObjects.Where(row => unseen.Contains(row.Id)).ExecuteDeleteAsync(cancellationToken);
            if (unseen.Count < BatchSize)
            {
                return (versions, rows);
            }
            last = unseen[^1];
        }
    }
}
