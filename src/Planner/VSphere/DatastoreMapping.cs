using Migrate.Planner.Inventory;
using Migrate.Vim25;
using Datastore = Migrate.Planner.Inventory.Datastore;
using VmfsExtent = Migrate.Planner.Inventory.VmfsExtent;

namespace Migrate.Planner.VSphere;

/// <summary>A Datastore's properties as our record.</summary>
internal static class DatastoreMapping
{
    public static readonly string[] Paths = ["name", "parent", "summary", "info", "host", "iormConfiguration", "customValue"];

    public static Datastore Map(ObjectProperties datastore, Placement placement)
    {
        var summary = datastore.Get<DatastoreSummary>("summary");
        var info = datastore.Get<DatastoreInfo>("info");
        var vmfs = (info as VmfsDatastoreInfo)?.Vmfs;
        var nas = (info as NasDatastoreInfo)?.Nas;
        var url = summary?.Url ?? info?.Url ?? "";
        var parent = datastore.Get<ManagedObjectReference>("parent");
        var mounts = datastore.Get<ArrayOfDatastoreHostMount>("host")?.DatastoreHostMount ?? [];
        var type = summary?.Type ?? "";
        return new Datastore
        {
            Key = datastore.Key,
            Name = VimName.Decode(datastore.Text("name") ?? summary?.Name) ?? datastore.Key,
            Type = type,
            Url = url,
            Datacenter = placement.Datacenter(parent),
            StoragePod = parent?.Type == "StoragePod" ? placement.Name(parent) : null,
            CapacityBytes = summary?.Capacity ?? 0,
            FreeBytes = summary?.FreeSpace ?? 0,
            UncommittedBytes = summary?.Uncommitted,
            Accessible = summary?.Accessible ?? false,
            MaintenanceMode = summary?.MaintenanceMode ?? "normal",
            MultipleHostAccess = summary?.MultipleHostAccess,
            Uuid = vmfs?.Uuid ?? UuidIn(url),
            VmfsVersion = vmfs?.Version,
            BlockSize = vmfs is null ? 0 : (long)vmfs.BlockSizeMb << 20,
            LogicalSectorSize = info?.LogicalSectorSize ?? SectorSize(vmfs?.ScsiDiskType),
            Local = vmfs?.Local,
            Media = Media(vmfs),
            Extents = [.. (vmfs?.Extent ?? []).Select(e => new VmfsExtent(e.DiskName ?? "", e.Partition))],
            NasRemote = nas is null ? null : $"{string.Join(',', Servers(nas))}:{nas.RemotePath}",
            Nfs = nas is null ? null : new NfsExport(
                Servers(nas), nas.RemotePath ?? "", type == "NFS41" ? "4.1" : "3", nas.SecurityType ?? "",
                mounts.Length > 0 && mounts.All(m => m.MountInfo?.AccessMode == "readOnly")),
            VsanClusterUuid = info is VsanDatastoreInfo || type.StartsWith("vsan", StringComparison.OrdinalIgnoreCase) ? VsanUuidIn(url) : null,
            IoControl = datastore.Get<StorageIORMInfo>("iormConfiguration") is { } control
                ? new IoControl(control.Enabled, control.CongestionThreshold, control.StatsCollectionEnabled)
                : null,
            HostKeys = [.. mounts.Select(m => m.Key.Value)],
            InaccessibleFrom = [.. mounts.Where(m => m.MountInfo?.Accessible == false)
                .Select(m => $"{m.Key.Value}: {(string.IsNullOrEmpty(m.MountInfo.InaccessibleReason) ? "no reason given" : m.MountInfo.InaccessibleReason)}")],
        };
    }

    /// <summary>vSAN's media are known from its hosts' devices only.</summary>
    public static Datastore WithMedia(Datastore datastore, IEnumerable<EsxHost> hosts) => datastore.VsanClusterUuid is { } uuid
        ? datastore with { Media = VsanMapping.Media(hosts.Select(h => h.Vsan).OfType<VsanHost>().Where(h => Guid.TryParse(h.ClusterUuid, out var id) && id.ToString() == uuid)) }
        : datastore;

    private static string[] Servers(HostNasVolume nas) => nas.RemoteHostNames is { Length: > 0 } names ? names : [nas.RemoteHost ?? ""];

    // Only a volume's word for flash is taken, and a local one's for rotating disks: arrays rarely say that they are flash.
    private static MediaClass Media(HostVmfsVolume? vmfs) => vmfs switch
    {
        { Ssd: true } => MediaClass.Flash,
        { Ssd: false, Local: true } => MediaClass.Rotational,
        _ => MediaClass.Unknown,
    };

    private static int? SectorSize(string? scsiDiskType) => scsiDiskType switch
    {
        "native512" or "emulated512" or "SoftwareEmulated4k" => 512,
        "native4k" => 4096,
        _ => null,
    };

    /// <summary>"ds:///vmfs/volumes/5f1…-…/" ends in what PerformanceManager calls the datastore.</summary>
    internal static string? UuidIn(string url) => url.Split('/', StringSplitOptions.RemoveEmptyEntries) is [.., "volumes", var uuid] ? uuid : null;

    /// <summary>"vsan:52e0b2adf1d25d0b-9c4e6bf2a5f43ab1" is the cluster's UUID with its hyphens elsewhere; hosts write it the usual way.</summary>
    private static string? VsanUuidIn(string url) =>
        UuidIn(url) is { } id && id.StartsWith("vsan:", StringComparison.OrdinalIgnoreCase)
        && Guid.TryParseExact(id["vsan:".Length..].Replace("-", "", StringComparison.Ordinal), "N", out var uuid)
            ? uuid.ToString()
            : null;
}
