using Migrate.Simulator.Estates;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Storage;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.Hosts;

/// <summary>config.storageDevice: HBAs, the LUNs behind them, their paths and policies.</summary>
internal sealed class HostStorage(Vcenter vcenter, HostSystem host)
{
    private readonly HostAdapters _adapters = new(vcenter, host);

    public DataObject Device()
    {
        var luns = Luns().ToList();
        return DataObject.Of(
            "HostStorageDeviceInfo",
            ("hostBusAdapter", host.Source.Adapters!.Select(_adapters.Of).ToList()),
            ("scsiLun", luns.Select(l => l.Disk()).Concat(new HostVsan(vcenter, host).Disks()).ToList()),
            ("scsiTopology", DataObject.Of("HostScsiTopology", ("adapter", host.Source.Adapters!.Select(a => Interface(a, luns)).ToList()))),
            ("nvmeTopology", NvmeTopology(luns)),
            ("multipathInfo", DataObject.Of("HostMultipathInfo", ("lun", luns.Select(Multipath).ToList()))),
            ("softwareInternetScsiEnabled", host.Source.Adapters!.Any(a => a.Kind == EstateAdapterKind.SoftwareIscsi)));
    }

    private IEnumerable<Lun> Luns()
    {
        foreach (var datastore in host.Datastores)
        {
            if (datastore.Lun is { } lun)
            {
                yield return lun;
            }
        }

        foreach (var rdm in vcenter.RawDevices.Where(r => host.Datastores.Contains(r.Datastore)))
        {
            yield return rdm.Lun;
        }
    }

    private List<EstateAdapter> AdaptersFor(Lun lun) => [.. host.Source.Adapters!.Where(a => a.Kind == lun.Source.Adapter)];

    /// <summary>Paths go round the adapters of the LUN's kind; the last ones are the dead ones.</summary>
    private IEnumerable<(EstateAdapter Adapter, int Target, bool Dead)> Paths(Lun lun)
    {
        var adapters = AdaptersFor(lun);
        for (var i = 0; adapters.Count > 0 && i < lun.Source.Paths; i++)
        {
            yield return (adapters[i % adapters.Count], i / adapters.Count, i >= lun.Source.Paths - lun.Source.DeadPaths);
        }
    }

    private DataObject Multipath(Lun lun) => DataObject.Of(
        "HostMultipathInfoLogicalUnit",
        ("key", $"key-vim.host.MultipathInfo.LogicalUnit-{lun.Uuid}"),
        ("id", lun.Uuid),
        ("lun", lun.Key),
        ("path", Paths(lun).Select((p, i) => Path(lun, p.Adapter, p.Target, p.Dead, i)).ToList()),
        ("policy", DataObject.Of("HostMultipathInfoLogicalUnitPolicy", ("policy", lun.Source.Policy))),
        ("storageArrayTypePolicy", DataObject.Of("HostMultipathInfoLogicalUnitStorageArrayTypePolicy", ("policy", lun.Source.ArrayPolicy))));

    private static DataObject Path(Lun lun, EstateAdapter adapter, int target, bool dead, int index)
    {
        var name = $"{adapter.Device}:C0:T{target}:L{lun.Number}";
        return DataObject.Of(
            "HostMultipathInfoPath",
            ("key", $"key-vim.host.MultipathInfo.Path-{name}"),
            ("name", name),
            ("pathState", dead ? "dead" : "active"),
            ("state", dead ? "dead" : "active"),
            ("isWorkingPath", !dead && index == 0),
            ("adapter", HostAdapters.Key(adapter)),
            ("lun", lun.Key),
            ("transport", lun.Transport(target)));
    }

    private DataObject Interface(EstateAdapter adapter, List<Lun> luns)
    {
        var key = HostAdapters.Key(adapter);
        var seen = luns.SelectMany(l => Paths(l).Where(p => p.Adapter == adapter).Select(p => (Lun: l, p.Target))).GroupBy(s => s.Target);
        return DataObject.Of(
            "HostScsiTopologyInterface",
            ("key", $"key-vim.host.ScsiTopology.Interface-{adapter.Device}"),
            ("adapter", key),
            ("target", seen.Select(target => DataObject.Of(
                "HostScsiTopologyTarget",
                ("key", $"key-vim.host.ScsiTopology.Target-{adapter.Device}:0:{target.Key}"),
                ("target", target.Key),
                ("lun", target.Select(s => DataObject.Of(
                    "HostScsiTopologyLun",
                    ("key", $"key-vim.host.ScsiTopology.Lun-{s.Lun.Uuid}"),
                    ("lun", s.Lun.Number),
                    ("scsiLun", s.Lun.Key))).ToList()),
                ("transport", target.First().Lun.Transport(target.Key)))).ToList()));
    }

    private DataObject NvmeTopology(List<Lun> luns) => DataObject.Of(
        "HostNvmeTopology",
        ("adapter", host.Source.Adapters!.Where(a => a.Kind is EstateAdapterKind.NvmeTcp or EstateAdapterKind.NvmePcie).Select(a => DataObject.Of(
            "HostNvmeTopologyInterface",
            ("key", $"key-vim.host.NvmeTopology.Interface-{a.Device}"),
            ("adapter", HostAdapters.Key(a)),
            ("connectedController", luns.Where(l => l.Source.Adapter == a.Kind).Select((l, i) => Controller(a, l, i)).ToList()))).ToList()));

    private static DataObject Controller(EstateAdapter adapter, Lun lun, int index) => DataObject.Of(
        "HostNvmeController",
        ("key", $"key-vim.host.NvmeController-{adapter.Device}-{index}"),
        ("controllerNumber", 256 + index),
        ("subnqn", lun.Subsystem),
        ("name", $"{lun.Subsystem}#{adapter.Device}#{lun.Portal(0)}:4420"),
        ("associatedAdapter", HostAdapters.Key(adapter)),
        ("transportType", adapter.Kind == EstateAdapterKind.NvmeTcp ? "tcp" : "pcie"),
        ("fusedOperationSupported", true),
        ("numberOfQueues", 8),
        ("queueSize", 1024),
        ("vendorId", "1d1d"),
        ("model", lun.Source.Model),
        ("serialNumber", StableBytes.Hex("nvme/" + lun.Naa, 16)),
        ("firmwareVersion", "1.0"),
        ("attachedNamespace", new[]
        {
            DataObject.Of(
                "HostNvmeNamespace",
                ("key", $"key-vim.host.NvmeNamespace-{lun.Naa}@256"),
                ("name", lun.Naa),
                ("id", 1),
                ("blockSize", 512),
                ("capacityInBlocks", lun.CapacityBytes / 512)),
        }));
}
