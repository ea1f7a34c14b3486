using Migrate.Planner.Inventory;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>What vim25 tells of vSAN: a host's devices and place, a cluster's architecture. The rest is vSAN's own service's.</summary>
internal static class VsanMapping
{
    public static readonly string[] Paths = ["config.vsanHostConfig"];

    public static VsanHost? Host(ObjectProperties host)
    {
        var config = host.Get<VsanHostConfigInfo>("config.vsanHostConfig");
        if (config?.Enabled != true)
        {
            return null;
        }

        var esa = config.VsanEsaEnabled ?? false;
        var mapped = config.StorageInfo?.DiskMapInfo is { Length: > 0 } infos
            ? infos.Select(i => (i.Mapping, Mounted: (bool?)i.Mounted))
            : (config.StorageInfo?.DiskMapping ?? []).Select(m => (Mapping: m, Mounted: (bool?)null));
        return new VsanHost
        {
            ClusterUuid = config.ClusterInfo?.Uuid ?? "",
            NodeUuid = config.ClusterInfo?.NodeUuid ?? "",
            Esa = esa,
            FaultDomain = string.IsNullOrEmpty(config.FaultDomainInfo?.Name) ? null : config.FaultDomainInfo.Name,
            VmkernelAdapters = [.. (config.NetworkInfo?.Port ?? []).Select(p => p.Device).OfType<string>()],
            DiskGroups = esa ? [] : [.. mapped.Where(m => m.Mapping is not null).Select(m => Group(m.Mapping, m.Mounted))],
            PoolDisks = esa ? Pool(host) : [],
        };
    }

    public static VsanCluster? Cluster(VsanClusterConfigInfo? config) => config?.Enabled != true ? null : new VsanCluster
    {
        Uuid = config.DefaultConfig?.Uuid ?? "",
        Esa = config.VsanEsaEnabled ?? false,
        Checksum = config.DefaultConfig?.ChecksumEnabled,
    };

    /// <summary>The media that vSAN's data lies on, from the devices of its hosts.</summary>
    public static MediaClass Media(IEnumerable<VsanHost> hosts)
    {
        var all = hosts.ToList();
        return all switch
        {
            _ when all.Exists(h => h.Esa) => MediaClass.Flash,
            _ when all.TrueForAll(h => h.DiskGroups.Count == 0) => MediaClass.Unknown,
            _ => all.SelectMany(h => h.DiskGroups).All(g => g.AllFlash) ? MediaClass.Flash : MediaClass.Hybrid,
        };
    }

    private static VsanDiskGroup Group(VsanHostDiskMapping mapping, bool? mounted) => new(
        mapping.Ssd?.CanonicalName ?? "",
        [.. (mapping.NonSsd ?? []).Select(d => d.CanonicalName ?? "")],
        (mapping.NonSsd ?? []).All(d => d.Ssd == true),
        mounted);

    // ESA has no disk groups in vim25; its devices are the LUNs that carry a vSAN disk's UUID.
    private static List<string> Pool(ObjectProperties host) =>
        [.. (host.Get<ArrayOfScsiLun>("config.storageDevice.scsiLun")?.ScsiLun ?? []).OfType<HostScsiDisk>()
            .Where(d => !string.IsNullOrEmpty(d.VsanDiskInfo?.VsanUuid)).Select(d => d.CanonicalName ?? "")];
}
