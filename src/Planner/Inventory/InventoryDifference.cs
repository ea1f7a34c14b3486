using Migrate.Planner.Persistence;

namespace Migrate.Planner.Inventory;

public enum DifferenceKind
{
    Added,
    Removed,
    Changed,
}

/// <summary>An object that is different in one version of a source's inventory, compared with another.</summary>
public sealed record ObjectDifference(InventoryKind Kind, DifferenceKind Change, string Key, string Name, IReadOnlyList<PropertyChange> Properties);

/// <summary>One property, e.g. <c>disks[Hard disk 1].capacityBytes</c>; values as JSON text, null where there was nothing.</summary>
public sealed record PropertyChange(string Path, string? From, string? To);

/// <summary>Which differences between two versions to list. Null filters nothing.</summary>
public sealed record DifferenceQuery
{
    public required Guid SourceId { get; init; }
    /// <summary>The version that is compared with; may be the newer one.</summary>
    public required int From { get; init; }
    public required int To { get; init; }
    public InventoryKind? Kind { get; init; }
    public DifferenceKind? Change { get; init; }
    /// <summary>Part of the name.</summary>
    public string? Search { get; init; }
    public int Offset { get; init; }
    public int Limit { get; init; } = 100;

    /// <summary>One of <see cref="Orders"/>; null: by kind.</summary>
    public string? Sort { get; init; }

    internal static readonly ListOrders<ChangedRow> Rows = new ListOrders<ChangedRow>("kind").Last(row => row.Key).By("kind", row => row.Kind, row => row.Name).By("name", row => row.Name, row => row.Kind);

    public static IListOrders Orders => Rows;

    internal IQueryable<ChangedRow> Filter(IQueryable<ChangedRow> rows)
    {
        if (Kind is { } kind)
        {
            rows = rows.Where(row => row.Kind == kind);
        }
        rows = rows.Named(row => row.Name, Search);
        return Change switch
        {
            DifferenceKind.Added => rows.Where(row => row.Before == 0),
            DifferenceKind.Removed => rows.Where(row => row.After == 0),
            DifferenceKind.Changed => rows.Where(row => row.Before != 0 && row.After != 0),
            _ => rows,
        };
    }
}

/// <summary>The two rows of an object that differs; 0 where there is none.</summary>
internal sealed class ChangedRow
{
    public InventoryKind Kind { get; init; }
    public required string Key { get; init; }
    public required string Name { get; init; }
    public long Before { get; init; }
    public long After { get; init; }
}
