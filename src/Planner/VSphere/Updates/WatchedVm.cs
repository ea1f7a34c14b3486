using Migrate.Vim25;

namespace Migrate.Planner.VSphere.Updates;

/// <summary>
/// What is kept of a VM to tell whether it has changed: a hash of its cheap properties, and what it refers to outside of itself. Its
/// configuration, the bulk of it, is represented by config.changeVersion, which every change of it moves.
/// </summary>
internal sealed record WatchedVm(string Key, string Hash, ManagedObjectReference? Parent, string? Host, ManagedObjectReference? Pool, IReadOnlyList<string> Networks)
{
    /// <summary>What moves by itself all day; a VM is not read again for it.</summary>
    private static readonly string[] Restless = ["guest.disk", "layoutEx", "summary.storage"];

    /// <summary>All that a record is made of, with changeVersion in the place of the configuration; summary.config stands in for servers that do not move it.</summary>
    public static readonly string[] Paths =
    [
        .. VmMapping.Paths.Where(p => !p.StartsWith("config.", StringComparison.Ordinal) && p != "network").Except(Restless),
        "network", "config.changeVersion", "config.modified",
        "summary.config.numCpu", "summary.config.memorySizeMB", "summary.config.numVirtualDisks", "summary.config.numEthernetCards",
        "summary.config.annotation", "summary.config.guestId", "summary.config.template", "summary.config.vmPathName",
    ];

    public static WatchedVm Of(ObjectContent content)
    {
        var vm = new ObjectProperties(content);
        return new WatchedVm(
            vm.Key,
            ContentHash.Of(content),
            vm.Get<ManagedObjectReference>("parent"),
            vm.Get<ManagedObjectReference>("runtime.host")?.Value,
            vm.Get<ManagedObjectReference>("resourcePool"),
            [.. (vm.Get<ArrayOfManagedObjectReference>("network")?.ManagedObjectReference ?? []).Select(n => n.Value)]);
    }
}
