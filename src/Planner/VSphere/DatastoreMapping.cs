using Migrate.Vim25;
using Datastore = Migrate.Planner.Inventory.Datastore;
using VmfsExtent = Migrate.Planner.Inventory.VmfsExtent;

namespace Migrate.Planner.VSphere;

/// <summary>A Datastore's properties as our record.</summary>
internal static class DatastoreMapping
{
    public static readonly string[] Paths = ["name", "parent", "summary", "info", "host"];

    public static Datastore Map(ObjectProperties datastore, Placement placement)
    {
        var summary = datastore.Get<DatastoreSummary>("summary");
        var info = datastore.Get<DatastoreInfo>("info");
        var vmfs = (info as VmfsDatastoreInfo)?.Vmfs;
        var nas = (info as NasDatastoreInfo)?.Nas;
        var url = summary?.Url ?? info?.Url ?? "";
        return new Datastore
        {
            Key = datastore.Key,
            Name = VimName.Decode(datastore.Text("name") ?? summary?.Name) ?? datastore.Key,
            Type = summary?.Type ?? "",
            Url = url,
            Datacenter = placement.Datacenter(datastore.Get<ManagedObjectReference>("parent")),
            CapacityBytes = summary?.Capacity ?? 0,
            FreeBytes = summary?.FreeSpace ?? 0,
            Accessible = summary?.Accessible ?? false,
            MaintenanceMode = summary?.MaintenanceMode ?? "normal",
            Uuid = vmfs?.Uuid ?? UuidIn(url),
            VmfsVersion = vmfs?.Version,
            Extents = [.. (vmfs?.Extent ?? []).Select(e => new VmfsExtent(e.DiskName ?? "", e.Partition))],
            NasRemote = nas is null ? null : $"{string.Join(',', nas.RemoteHostNames is { Length: > 0 } names ? names : [nas.RemoteHost])}:{nas.RemotePath}",
            HostKeys = [.. (datastore.Get<ArrayOfDatastoreHostMount>("host")?.DatastoreHostMount ?? []).Select(m => m.Key.Value)],
        };
    }

    /// <summary>"ds:///vmfs/volumes/5f1…-…/" ends in what PerformanceManager calls the datastore.</summary>
    private static string? UuidIn(string url) => url.Split('/', StringSplitOptions.RemoveEmptyEntries) is [.., "volumes", var uuid] ? uuid : null;
}
