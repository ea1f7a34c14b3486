using Migrate.Simulator.Estates;
using Migrate.Simulator.Hosts;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Values;
using Migrate.Simulator.VirtualMachines;

namespace Migrate.Simulator.Storage;

public sealed class Datastore : ManagedEntity
{
    private long _deltaBytes;
    private long? _free;

    public Datastore(Vcenter vcenter, string id, EstateDatastore source, Datacenter datacenter, int number)
        : base(vcenter, "Datastore", id, source.Name, datacenter.DatastoreFolder)
    {
        Source = source;
        Datacenter = datacenter;
        Uuid = UuidOf(vcenter, source);
        Lun = source.Lun is null ? null : new Lun(source.Name, number, source.Capacity, source.Lun);
    }

    public EstateDatastore Source { get; }

    public Datacenter Datacenter { get; }

    public Lun? Lun { get; }

    public List<HostSystem> Hosts { get; } = [];

    public bool IsVsan => EstateDefaults.IsVsan(Source);

    /// <summary>What is free beside the deltas of snapshots, which grow while guests write.</summary>
    public long Free => Math.Max(0, (_free ?? Source.Free) - Interlocked.Read(ref _deltaBytes));

    /// <summary>As it stands in the URL: also the instance of datastore counters.</summary>
    public string Uuid { get; }

    public string VsanClusterUuid => Guid.ParseExact(Uuid["vsan:".Length..].Replace("-", "", StringComparison.Ordinal), "N").ToString();

    public string Url => $"ds:///vmfs/volumes/{Uuid}/";

    public void AddDelta(long bytes) => Interlocked.Add(ref _deltaBytes, bytes);

    /// <summary>Somebody else filled or emptied it.</summary>
    public void SetFree(long bytes)
    {
        _free = bytes + Interlocked.Read(ref _deltaBytes);
        Vcenter.Changes.Signal();
    }

    protected override object? Property(string name) => name switch
    {
        "summary" => Summary(),
        "info" => Info(),
        "host" => Hosts.Select(Mount).ToList(),
        "vm" => References(Vcenter.All<VirtualMachine>().Where(v => v.Datastores.Contains(this))),
        "capability" => Capability(),
        "iormConfiguration" => Lun is null ? null : Iorm(),
        _ => base.Property(name),
    };

    private static string UuidOf(Vcenter vcenter, EstateDatastore source)
    {
        var hex = vcenter.StableUuid("datastore/" + source.Name).ToString("n");
        return source.Type.StartsWith("vsan", StringComparison.Ordinal)
            ? $"vsan:52{hex[..14]}-{hex[14..30]}"
            : source.Type == "VMFS" ? $"{hex[..8]}-{hex[8..16]}-{hex[16..20]}-{hex[20..32]}" : $"{hex[..8]}-{hex[8..16]}";
    }

    private DataObject Summary() => DataObject.Of(
        "DatastoreSummary",
        ("datastore", Ref),
        ("name", Name),
        ("url", Url),
        ("capacity", Source.Capacity),
        ("freeSpace", Free),
        ("uncommitted", 0L),
        ("accessible", Source.Accessible),
        ("multipleHostAccess", Hosts.Count > 1),
        ("type", Source.Type),
        ("maintenanceMode", Source.Maintenance));

    private DataObject Info()
    {
        var info = new DataObject(IsVsan ? "VsanDatastoreInfo" : Source.Type == "VMFS" ? "VmfsDatastoreInfo" : "NasDatastoreInfo");
        info["name"] = Name;
        info["url"] = Url;
        info["freeSpace"] = Free;
        info["maxFileSize"] = 62L << 40;
        info["maxVirtualDiskCapacity"] = 62L << 40;
        info["maxMemoryFileSize"] = 6L << 40;
        info["timestamp"] = Vcenter.Now;
        switch (info.Type.Name)
        {
            case "VmfsDatastoreInfo":
                info["maxPhysicalRDMFileSize"] = 64L << 40;
                info["maxVirtualRDMFileSize"] = 62L << 40;
                info["vmfs"] = Vmfs();
                break;
            case "NasDatastoreInfo":
                info["nas"] = Nas();
                break;
            default:
                info["containerId"] = Uuid;
                info["membershipUuid"] = Vcenter.StableUuid("vsan-membership/" + Name).ToString();
                info["accessGenNo"] = 0;
                break;
        }

        return info;
    }

    private DataObject Vmfs() => DataObject.Of(
        "HostVmfsVolume",
        ("type", "VMFS"),
        ("name", Name),
        ("capacity", Source.Capacity),
        ("blockSizeMb", 1),
        ("blockSize", 1024),
        ("unmapGranularity", 1024),
        ("unmapPriority", "low"),
        ("maxBlocks", 63963136),
        ("majorVersion", 6),
        ("version", "6.82"),
        ("uuid", Uuid),
        ("extent", new[] { DataObject.Of("HostScsiDiskPartition", ("diskName", Lun!.Naa), ("partition", 1)) }),
        ("vmfsUpgradable", false),
        ("ssd", Lun.Source.Ssd),
        ("local", Lun.Source.Adapter == EstateAdapterKind.Local),
        ("scsiDiskType", "native512"));

    private DataObject Nas()
    {
        var remote = Source.Remote!.Split(':', 2);
        return DataObject.Of(
            "HostNasVolume",
            ("type", Source.Type),
            ("name", Name),
            ("capacity", Source.Capacity),
            ("remoteHost", remote[0]),
            ("remotePath", remote.Length > 1 ? remote[1] : "/"),
            ("remoteHostNames", new[] { remote[0] }),
            ("securityType", "AUTH_SYS"));
    }

    private DataObject Mount(HostSystem host) => DataObject.Of(
        "DatastoreHostMount",
        ("key", host.Ref),
        ("mountInfo", DataObject.Of(
            "HostMountInfo",
            ("path", $"/vmfs/volumes/{Uuid}"),
            ("accessMode", "readWrite"),
            ("mounted", true),
            ("accessible", Source.Accessible),
            ("inaccessibleReason", Source.Accessible ? null : "AllPathsDown_Start"))));

    private DataObject Capability() => DataObject.Of(
        "DatastoreCapability",
        ("directoryHierarchySupported", true),
        ("rawDiskMappingsSupported", Lun is not null),
        ("perFileThinProvisioningSupported", true),
        ("storageIORMSupported", Lun is not null),
        ("nativeSnapshotSupported", false),
        ("topLevelDirectoryCreateSupported", !IsVsan),
        ("seSparseSupported", Lun is not null),
        ("vmfsSparseSupported", Lun is not null),
        ("vsanSparseSupported", IsVsan));

    private static DataObject Iorm() => DataObject.Of(
        "StorageIORMInfo",
        ("enabled", false),
        ("congestionThresholdMode", "automatic"),
        ("congestionThreshold", 30),
        ("statsCollectionEnabled", true),
        ("reservationEnabled", false));
}
