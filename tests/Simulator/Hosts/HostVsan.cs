using Migrate.Simulator.Inventory;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.Hosts;

/// <summary>A host's part in vSAN: disk groups on OSA; on ESA NVMe devices that vim25 shows only as LUNs with a vSAN disk's UUID.</summary>
internal sealed class HostVsan(Vcenter vcenter, HostSystem host)
{
    private const int Devices = 3;

    public DataObject Config() => DataObject.Of(
        "VsanHostConfigInfo",
        ("enabled", host.Cluster.Vsan),
        ("hostSystem", host.Ref),
        ("clusterInfo", host.Cluster.Vsan
            ? DataObject.Of("VsanHostConfigInfoClusterInfo", ("uuid", host.Cluster.VsanUuid), ("nodeUuid", vcenter.StableUuid("vsan-node/" + host.Name).ToString()))
            : null),
        ("storageInfo", host.Cluster.Vsan ? Storage() : null),
        ("networkInfo", host.Cluster.Vsan
            ? DataObject.Of("VsanHostConfigInfoNetworkInfo", ("port", new[] { DataObject.Of("VsanHostConfigInfoNetworkInfoPortConfig", ("device", "vmk1")) }))
            : null),
        ("vsanEsaEnabled", host.Cluster.Vsan && host.Cluster.VsanState.Esa));

    /// <summary>The devices that vSAN has taken; the first is OSA's cache.</summary>
    public IEnumerable<DataObject> Disks() => host.Cluster.Vsan ? Enumerable.Range(0, Devices).Select(Disk) : [];

    private DataObject Storage()
    {
        var storage = DataObject.Of("VsanHostConfigInfoStorageInfo", ("autoClaimStorage", false), ("checksumEnabled", true));
        if (!host.Cluster.VsanState.Esa)
        {
            var group = DataObject.Of("VsanHostDiskMapping", ("ssd", Disk(0)), ("nonSsd", Enumerable.Range(1, Devices - 1).Select(Disk).ToList()));
            storage["diskMapping"] = new[] { group };
            storage["diskMapInfo"] = new[] { DataObject.Of("VsanHostDiskMapInfo", ("mapping", group), ("mounted", true)) };
        }

        return storage;
    }

    private DataObject Disk(int index)
    {
        var state = host.Cluster.VsanState;
        var name = (state.Esa ? "eui." : "naa.") + StableBytes.Hex($"vsan-disk/{host.Name}/{index}", state.Esa ? 32 : 16);
        return DataObject.Of(
            "HostScsiDisk",
            ("deviceName", "/vmfs/devices/disks/" + name),
            ("deviceType", "disk"),
            ("key", $"key-vim.host.ScsiDisk-vsan-{index}-{name}"),
            ("uuid", $"0100000000{name[4..]}"),
            ("canonicalName", name),
            ("displayName", $"Local Disk ({name})"),
            ("lunType", "disk"),
            ("vendor", state.Esa ? "NVMe    " : "SAMSUNG "),
            ("model", "MZWLR3T8HBLS    "),
            ("revision", "GDA7"),
            ("operationalState", new[] { "ok" }),
            ("capacity", DataObject.Of("HostDiskDimensionsLba", ("blockSize", 512), ("block", 7501476528L))),
            ("devicePath", "/vmfs/devices/disks/" + name),
            ("ssd", state.Esa || !state.Hybrid || index == 0),
            ("localDisk", true),
            ("scsiDiskType", "native512"),
            ("vsanDiskInfo", DataObject.Of("VsanHostVsanDiskInfo", ("vsanUuid", vcenter.StableUuid($"vsan-disk/{host.Name}/{index}").ToString()), ("formatVersion", 19))));
    }
}
