namespace Migrate.Api.Pages.Inventory;

/// <summary>What the inventory shows of each VM beside its name, in this order.</summary>
internal static class InventoryColumns
{
    public static readonly IReadOnlyList<(string Name, string Title)> All =
    [
        ("powerState", "Power"), ("concerns", "Concerns"), ("plan", "Plan, wave"), ("datacenter", "Datacenter"), ("cluster", "Cluster"), ("host", "Host"), ("folder", "Folder"), ("guest", "Guest"),
        ("datastore", "Datastores"), ("capacity", "Size"), ("used", "Used"), ("changeRate", "Changes"), ("cpus", "vCPU"), ("memory", "Memory"), ("disks", "Disks"),
    ];

    private static readonly string[] Usual = ["powerState", "concerns", "plan", "cluster", "datastore", "capacity", "used", "changeRate", "cpus", "memory"];

    /// <summary>As an address names them, with commas between them; the usual ones when it names none.</summary>
    public static IReadOnlyList<string> Of(string? asked)
    {
        string[] known = [.. All.Select(x => x.Name).Where((asked ?? "").Split(',').Contains)];
        return known.Length > 0 ? known : Usual;
    }

    public static string? ProblemOf(string asked) =>
        asked.Split(',').FirstOrDefault(x => All.All(y => y.Name != x)) is { } unknown ? $"there is no column '{unknown}'; there are {string.Join(", ", All.Select(x => x.Name))}." : null;
}
