using Migrate.Planner.Persistence;

namespace Migrate.Planner.Inventory;

/// <summary>What one synchronisation has to say: rows of all objects but of the VMs that are known to be as they were.</summary>
internal sealed record InventoryUpdate
{
    public required SourceAbout About { get; init; }
    public required DateTime TakenAt { get; init; }
    public required IReadOnlyList<string> Gaps { get; init; }
    public required IEnumerable<InventoryObject> Rows { get; init; }
    public IReadOnlyCollection<string> UnchangedVms { get; init; } = [];
    /// <summary>The version that "unchanged" is against; another newest version at the time of saving refuses the update.</summary>
    public int? Against { get; init; }

    public static InventoryUpdate Whole(Guid sourceId, SourceInventory inventory) => new()
    {
        About = inventory.About,
        TakenAt = inventory.TakenAt,
        Gaps = inventory.Gaps,
        Rows = InventoryRows.Of(sourceId, inventory),
    };
}

/// <summary>Of the newest version (0: there is none): fingerprints of VMs by key, when it was taken, and its gaps.</summary>
internal sealed record InventoryFingerprints(int Version, IReadOnlyDictionary<string, string> Vms, DateTime? TakenAt, IReadOnlyList<string> Gaps);
