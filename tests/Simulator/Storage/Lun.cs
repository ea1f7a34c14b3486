using Migrate.Simulator.Estates;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.Storage;

/// <summary>A LUN of an array as every host sees it.</summary>
public sealed class Lun(string name, int number, long capacityBytes, EstateLun source)
{
    public EstateLun Source { get; } = source;

    public int Number { get; } = number;

    public long CapacityBytes { get; } = capacityBytes;

    /// <summary>NVMe's name for what holds it.</summary>
    public string Subsystem { get; } = source.Target ?? "nqn.2011-06.com.truenas:uuid:" + StableBytes.Uuid("subsystem/" + name) + ":" + name.ToLowerInvariant();

    private bool IsNvme => IsNvmeKind(Source.Adapter);

    /// <summary>Its canonical name.</summary>
    public string Naa { get; } = source.Naa ?? (IsNvmeKind(source.Adapter)
        ? "eui." + StableBytes.Hex("lun/" + name, 32)
        : "naa." + PrefixOf(source.Vendor) + StableBytes.Hex("lun/" + name, 32 - PrefixOf(source.Vendor).Length));

    public string Uuid => "0200" + Number.ToString("x4", System.Globalization.CultureInfo.InvariantCulture) + "00" + Naa[4..] + "694353435349";

    public string Key => $"key-vim.host.ScsiDisk-{Uuid}";

    public string Target { get; } = source.Target ?? $"iqn.2004-04.com.{source.Vendor.ToLowerInvariant()}:ts-1283xu:iscsi.{name.ToLowerInvariant()}.{StableBytes.Hex("target/" + name, 6)}";

    public string Portal(int target) => $"10.20.0.{10 + target}";

    /// <summary>A ScsiLun. vendor and model are padded as SCSI INQUIRY gives them.</summary>
    public DataObject Disk() => DataObject.Of(
        "HostScsiDisk",
        ("deviceName", "/vmfs/devices/disks/" + Naa),
        ("deviceType", "disk"),
        ("key", Key),
        ("uuid", Uuid),
        ("descriptor", new[] { DataObject.Of("ScsiLunDescriptor", ("quality", "highQuality"), ("id", Naa)) }),
        ("canonicalName", Naa),
        ("displayName", $"{Source.Vendor} iSCSI Disk ({Naa})"),
        ("lunType", "disk"),
        ("vendor", Source.Vendor.PadRight(8)),
        ("model", Source.Model.PadRight(16)),
        ("revision", "4.0 "),
        ("scsiLevel", 6),
        ("queueDepth", 128),
        ("operationalState", new[] { "ok" }),
        ("vStorageSupport", "vStorageSupported"),
        ("perenniallyReserved", false),
        ("applicationProtocol", IsNvme ? "NVMe" : "SCSI"),
        ("capacity", DataObject.Of("HostDiskDimensionsLba", ("blockSize", 512), ("block", CapacityBytes / 512))),
        ("devicePath", "/vmfs/devices/disks/" + Naa),
        ("ssd", Source.Ssd),
        ("localDisk", Source.Adapter is EstateAdapterKind.Local or EstateAdapterKind.NvmePcie),
        ("emulatedDIXDIFEnabled", false),
        ("scsiDiskType", "native512"));

    public DataObject Transport(int target) => Source.Adapter switch
    {
        EstateAdapterKind.Iser or EstateAdapterKind.SoftwareIscsi => DataObject.Of(
            "HostInternetScsiTargetTransport", ("iScsiName", Target), ("iScsiAlias", ""), ("address", new[] { $"{Portal(target)}:3260" })),
        EstateAdapterKind.FibreChannel => DataObject.Of(
            "HostFibreChannelTargetTransport", ("portWorldWideName", 0x5000000000000001L + target), ("nodeWorldWideName", 0x5000000000000000L)),
        EstateAdapterKind.NvmeTcp => new DataObject("HostTcpTargetTransport"),
        EstateAdapterKind.NvmePcie => new DataObject("HostPcieTargetTransport"),
        _ => new DataObject("HostBlockAdapterTargetTransport"),
    };

    private static bool IsNvmeKind(EstateAdapterKind kind) => kind is EstateAdapterKind.NvmeTcp or EstateAdapterKind.NvmePcie;

    /// <summary>IEEE company ids inside NAA type 6 identifiers: the array's vendor can be told from them.</summary>
    private static string PrefixOf(string vendor) => vendor.ToUpperInvariant() switch
    {
        "QNAP" => "6e843b6",
        "DELL" or "DELLEMC" => "6000097",
        "NETAPP" => "600a0980",
        "PURE" => "624a9370",
        _ => "6589cfc",
    };
}
