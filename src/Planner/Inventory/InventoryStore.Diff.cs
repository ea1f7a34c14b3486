using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Inventory;

public sealed partial class InventoryStore
{
    /// <summary>
    /// What differs between two versions of one source, by kind, name and key. Only rows whose validity begins or ends between the two
    /// are looked at, and only those of the page are read, so the cost follows the change and not the estate.
    /// </summary>
    /// <exception cref="MigrateException">inventory.version-not-found, inventory.bad-page.</exception>
    public async Task<Page<ObjectDifference>> DiffAsync(DifferenceQuery query, CancellationToken cancellationToken)
    {
        if (query.Offset < 0 || query.Limit is < 1 or > MaxLimit)
        {
            throw new MigrateException("inventory.bad-page", $"A page from {query.Offset} of {query.Limit} differences cannot be given.",
                $"Ask for an offset of 0 or more and a limit between 1 and {MaxLimit}.");
        }
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        foreach (int number in (int[])[query.From, query.To])
        {
            _ = await FindVersionAsync(db, query.SourceId, number, cancellationToken) ?? throw new MigrateException("inventory.version-not-found",
                $"The source has no inventory version {number}.", "List the versions and name one of them.");
        }
        IQueryable<ChangedRow> rows = query.Filter(Changed(OnlyAt(db, query.SourceId, query.From, query.To), OnlyAt(db, query.SourceId, query.To, query.From)));
        int total = await rows.CountAsync(cancellationToken);
        List<ChangedRow> page = await DifferenceQuery.Rows.Apply(rows, query.Sort)
            .Skip(query.Offset).Take(query.Limit).ToListAsync(cancellationToken);
        List<long> ids = [.. page.Where(row => row.Before != 0 && row.After != 0).SelectMany(row => (long[])[row.Before, row.After])];
        Dictionary<long, string> bodies = await db.InventoryObjects.AsNoTracking().Where(row => ids.Contains(row.Id)).Select(row => new { row.Id, row.Body }).ToDictionaryAsync(row => row.Id, row => row.Body, cancellationToken);
        return new Page<ObjectDifference>([.. page.Select(row => DifferenceOf(row, bodies))], total);
    }

    private static ObjectDifference DifferenceOf(ChangedRow row, Dictionary<long, string> bodies) => (row.Before, row.After) switch
    {
        (0, _) => new(row.Kind, DifferenceKind.Added, row.Key, row.Name, []),
        (_, 0) => new(row.Kind, DifferenceKind.Removed, row.Key, row.Name, []),
        _ => new(row.Kind, DifferenceKind.Changed, row.Key, row.Name,
            JsonDifference.Of(InventoryRows.LastingBody(row.Kind, bodies[row.Before]), InventoryRows.LastingBody(row.Kind, bodies[row.After]))),
    };

    /// <summary>Rows that are valid in the one version and not in the other.</summary>
    private static IQueryable<InventoryObject> OnlyAt(MigrateDb db, Guid sourceId, int here, int there) => here <= there
        ? ValidAt(db, sourceId, here).Where(row => row.ToVersion != null && row.ToVersion <= there)
        : ValidAt(db, sourceId, here).Where(row => row.FromVersion > there);

    // Equal hashes: something changed and changed back in between.
    private static IQueryable<ChangedRow> Changed(IQueryable<InventoryObject> before, IQueryable<InventoryObject> after) =>
        (from now in after
         join was in before on new { now.Kind, now.Key } equals new { was.Kind, was.Key } into olds
         from old in olds.DefaultIfEmpty()
         where old == null || old.Hash != now.Hash
         select new ChangedRow { Kind = now.Kind, Key = now.Key, Name = now.Name, Before = old == null ? 0 : old.Id, After = now.Id })
        .Concat(before.Where(was => !after.Any(now => now.Kind == was.Kind && now.Key == was.Key))
            .Select(was => new ChangedRow { Kind = was.Kind, Key = was.Key, Name = was.Name, Before = was.Id, After = 0 }));
}
