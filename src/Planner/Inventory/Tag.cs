namespace Migrate.Planner.Inventory;

/// <summary>A vCenter tag. ESXi has none.</summary>
public sealed record Tag(string Category, string Name);

/// <summary>A custom attribute of vCenter: a name, and a text per object.</summary>
public sealed record CustomAttribute(string Name, string Value);
