using Migrate.Planner.Inventory;

namespace Migrate.Api.Inventory;

internal static class DifferenceRows
{
    public static List<DifferenceRow> Of(InventoryDifference difference) =>
    [
        .. difference.Added.Select(o => new DifferenceRow(o.Kind.ToString(), "added", o.Key, o.Name, [])),
        .. difference.Removed.Select(o => new DifferenceRow(o.Kind.ToString(), "removed", o.Key, o.Name, [])),
        .. difference.Changed.Select(o => new DifferenceRow(
            o.Kind.ToString(), "changed", o.Key, o.Name, [.. o.Properties.Select(p => $"{p.Path}: {p.From ?? "nothing"} → {p.To ?? "nothing"}")])),
    ];
}
