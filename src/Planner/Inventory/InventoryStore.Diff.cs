using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Inventory;

public sealed partial class InventoryStore
{
    /// <summary>
    /// What changed between two versions of one source. Only the rows whose validity begins or ends between the two are read, so
    /// the cost follows the change and not the estate.
    /// </summary>
    /// <exception cref="MigrateException">inventory.version-not-found.</exception>
    public async Task<InventoryDifference> DiffAsync(Guid sourceId, int from, int to, CancellationToken cancellationToken)
    {
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        foreach (int number in (int[])[from, to])
        {
            _ = await FindVersionAsync(db, sourceId, number, cancellationToken) ?? throw new MigrateException("inventory.version-not-found",
                $"The source has no inventory version {number}.", "List the versions and name one of them.");
        }
        int earlier = Math.Min(from, to);
        int later = Math.Max(from, to);
        List<InventoryObject> gone = await ValidAt(db, sourceId, earlier).Where(row => row.ToVersion != null && row.ToVersion <= later).ToListAsync(cancellationToken);
        List<InventoryObject> come = await ValidAt(db, sourceId, later).Where(row => row.FromVersion > earlier).ToListAsync(cancellationToken);
        return from <= to ? Compare(from, to, gone, come) : Compare(from, to, come, gone);
    }

    private static InventoryDifference Compare(int from, int to, List<InventoryObject> before, List<InventoryObject> after)
    {
        Dictionary<(InventoryKind, string), InventoryObject> old = before.ToDictionary(row => (row.Kind, row.Key));
        var added = new List<ObjectName>();
        var changed = new List<ObjectChange>();
        foreach (InventoryObject row in after.OrderBy(row => row.Kind).ThenBy(row => row.Name, StringComparer.Ordinal).ThenBy(row => row.Key, StringComparer.Ordinal))
        {
            if (!old.Remove((row.Kind, row.Key), out InventoryObject? was))
            {
                added.Add(new ObjectName(row.Kind, row.Key, row.Name));
            }
            else if (was.Hash != row.Hash) // equal when something changed and changed back in between
            {
                changed.Add(new ObjectChange(row.Kind, row.Key, row.Name,
                    JsonDifference.Of(InventoryRows.LastingBody(row.Kind, was.Body), InventoryRows.LastingBody(row.Kind, row.Body))));
            }
        }
        IEnumerable<ObjectName> removed = old.Values
            .OrderBy(row => row.Kind).ThenBy(row => row.Name, StringComparer.Ordinal).ThenBy(row => row.Key, StringComparer.Ordinal)
            .Select(row => new ObjectName(row.Kind, row.Key, row.Name));
        return new InventoryDifference(from, to, added, [.. removed], changed);
    }
}
