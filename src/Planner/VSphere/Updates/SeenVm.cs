using Migrate.Planner.Inventory;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere.Updates;

/// <summary>A VM that was read: its row, or why there is none, what of it could not be read, and what was not understood.</summary>
internal sealed record SeenVm(string Key, string Fingerprint, PackedRow? Row, string? Gap, IReadOnlyList<MissingProperty> Missing, IReadOnlyList<string> Unfamiliar)
{
    /// <param name="vm">The record; null when none could be made, and <paramref name="unmapped"/> says why.</param>
    public static SeenVm Of(Guid sourceId, ObjectProperties properties, Vm? vm, string? unmapped, string fingerprint)
    {
        var gap = unmapped ?? InventoryReader.GapOf(properties);
        var row = vm is null ? null : InventoryRows.Of(sourceId, vm);
        // What could not be read may be readable the next time, without that anything of the VM changes.
        row?.Fingerprint = gap is null && properties.Missing.Count == 0 ? fingerprint : null;
        return new SeenVm(properties.Key, fingerprint, row is null ? null : new PackedRow(row), gap, properties.Missing, vm is null ? [] : [.. VSphere.Unfamiliar.In([vm])]);
    }
}
