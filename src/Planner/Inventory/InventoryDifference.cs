using Migrate.Planner.Persistence;

namespace Migrate.Planner.Inventory;

/// <summary>What is different in version <paramref name="To"/> of a source's inventory, compared with <paramref name="From"/>.</summary>
public sealed record InventoryDifference(
    int From, int To, IReadOnlyList<ObjectName> Added, IReadOnlyList<ObjectName> Removed, IReadOnlyList<ObjectChange> Changed);

public sealed record ObjectName(InventoryKind Kind, string Key, string Name);

public sealed record ObjectChange(InventoryKind Kind, string Key, string Name, IReadOnlyList<PropertyChange> Properties);

/// <summary>One property, e.g. <c>disks[2000].capacityBytes</c>; values as JSON text, null where there was nothing.</summary>
public sealed record PropertyChange(string Path, string? From, string? To);
