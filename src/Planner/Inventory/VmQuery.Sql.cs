using System.Linq.Expressions;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Inventory;

/// <summary>How the query becomes SQL that both databases understand alike.</summary>
public sealed partial record VmQuery
{
    internal IQueryable<InventoryObject> Filter(IQueryable<InventoryObject> rows)
    {
        if (!string.IsNullOrEmpty(Search))
        {
            // Lower case on both sides: LIKE ignores case on SQLite and minds it on PostgreSQL.
            string search = Search.ToLowerInvariant();
#pragma warning disable CA1862 // A comparison with StringComparison has no translation to SQL.
            // And as written, because SQLite's lower() knows ASCII only.
            rows = rows.Where(row => row.Name.ToLower().Contains(search) || row.Name.Contains(Search));
#pragma warning restore CA1862
        }
        if (PowerState is not null)
        {
            rows = rows.Where(row => row.PowerState == PowerState);
        }
        if (HostKey is not null)
        {
            rows = rows.Where(row => row.HostKey == HostKey);
        }
        if (Folder is not null)
        {
            string below = Folder.TrimEnd('/') + "/";
            rows = rows.Where(row => row.Folder == Folder || row.Folder!.StartsWith(below));
        }
        return rows;
    }

    internal IQueryable<InventoryObject> Sort(IQueryable<InventoryObject> rows)
    {
        return OrderBy switch
        {
            VmOrder.CapacityBytes => By(row => row.CapacityBytes),
            VmOrder.PowerState => By(row => row.PowerState),
            VmOrder.Folder => By(row => row.Folder),
            VmOrder.Host => By(row => row.HostKey),
            _ => By(row => row.Name),
        };

        IOrderedQueryable<InventoryObject> By<T>(Expression<Func<InventoryObject, T>> property) =>
            (Descending ? rows.OrderByDescending(property) : rows.OrderBy(property)).ThenBy(row => row.Key);
    }
}
