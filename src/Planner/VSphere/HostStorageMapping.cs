using System.Globalization;
using Migrate.Planner.Inventory;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>config.storageDevice: adapters, NVMe controllers, and the chain from LUN over path to adapter.</summary>
internal sealed class HostStorageMapping(ObjectProperties host)
{
    public static readonly string[] Paths =
    [
        "config.storageDevice.hostBusAdapter", "config.storageDevice.scsiLun", "config.storageDevice.multipathInfo.lun", "config.storageDevice.nvmeTopology",
    ];

    private readonly HostRdmaDevice[] _rdma = host.Get<ArrayOfHostRdmaDevice>("config.network.rdmaDevice")?.HostRdmaDevice ?? [];
    private readonly Vim25.PhysicalNic[] _nics = host.Get<ArrayOfPhysicalNic>("config.network.pnic")?.PhysicalNic ?? [];

    public List<StorageAdapter> Adapters() =>
        [.. (host.Get<ArrayOfHostHostBusAdapter>("config.storageDevice.hostBusAdapter")?.HostHostBusAdapter ?? []).Select(Adapter)];

    public List<NvmeController> NvmeControllers() =>
        [.. (host.Get<HostNvmeTopology>("config.storageDevice.nvmeTopology")?.Adapter ?? [])
            .SelectMany(a => a.ConnectedController ?? [], (a, c) => new NvmeController
            {
                Key = c.Key ?? c.Name ?? c.Subnqn ?? "",
                AdapterKey = string.IsNullOrEmpty(c.AssociatedAdapter) ? a.Adapter ?? "" : c.AssociatedAdapter,
                Number = c.ControllerNumber,
                Name = c.Name ?? "",
                SubsystemNqn = c.Subnqn?.Trim() ?? "",
                Transport = c.TransportType ?? "",
                Queues = c.NumberOfQueues,
                QueueSize = c.QueueSize,
                FusedOperations = c.FusedOperationSupported,
                Model = c.Model?.Trim() ?? "",
                Firmware = c.FirmwareVersion?.Trim() ?? "",
                Namespaces = [.. (c.AttachedNamespace ?? []).Select(n => new NvmeNamespace(n.Key ?? "", n.Name ?? "", n.Id, n.BlockSize, n.CapacityInBlocks * n.BlockSize))],
            })];

    public List<Lun> Luns()
    {
        var paths = (host.Get<ArrayOfHostMultipathInfoLogicalUnit>("config.storageDevice.multipathInfo.lun")?.HostMultipathInfoLogicalUnit ?? [])
            .Where(u => u.Lun is not null).GroupBy(u => u.Lun).ToDictionary(g => g.Key, g => g.First());
        return [.. (host.Get<ArrayOfScsiLun>("config.storageDevice.scsiLun")?.ScsiLun ?? [])
            .Where(l => l is HostScsiDisk || l.LunType == "disk")
            .Select(l => Lun(l, paths.GetValueOrDefault(l.Key ?? "")))];
    }

    private StorageAdapter Adapter(HostHostBusAdapter hba)
    {
        var (kind, confidence, reason, device) = AdapterKinds.Of(hba, _rdma, _nics);
        var iscsi = hba as HostInternetScsiHba;
        return new StorageAdapter
        {
            Key = hba.Key ?? hba.Device,
            Device = hba.Device,
            Model = hba.Model?.Trim() ?? "",
            Driver = hba.Driver ?? "",
            Status = hba.Status ?? "",
            VimType = hba.GetType().Name,
            Kind = kind,
            Confidence = confidence,
            Reason = reason,
            Pci = hba.Pci ?? "",
            Protocol = string.IsNullOrEmpty(hba.StorageProtocol) ? "scsi" : hba.StorageProtocol,
            Iqn = iscsi?.IScsiName,
            RdmaDevice = device,
            Uplink = Uplink(hba, device),
            IsSoftware = iscsi?.IsSoftwareBased ?? false,
            SpeedMbps = Speed(hba),
            Chap = iscsi is null ? null : Chap(iscsi.AuthenticationProperties),
            Targets = iscsi is null ? [] : Targets(iscsi),
            BindingSupport = iscsi?.NetworkBindingSupport ?? "",
        };
    }

    private string? Uplink(HostHostBusAdapter hba, string? rdmaDevice)
    {
        var named = hba is HostTcpHba tcp
            ? tcp.AssociatedPnic
            : (_rdma.FirstOrDefault(d => rdmaDevice is not null && (d.Device == rdmaDevice || d.Key == rdmaDevice))?.Backing as HostRdmaDevicePnicBacking)?.PairedUplink;
        return string.IsNullOrEmpty(named) ? null : _nics.FirstOrDefault(n => n.Key == named)?.Device ?? named;
    }

    private static long Speed(HostHostBusAdapter hba) => hba switch
    {
        HostInternetScsiHba iscsi => iscsi.CurrentSpeedMb ?? iscsi.MaxSpeedMb ?? 0,
        // Gbit/s as ESXi gives it, although the property's text says bit/s: a value that large cannot be Gbit/s.
        HostFibreChannelHba fc => fc.Speed >= 1_000_000 ? fc.Speed / 1_000_000 : fc.Speed * 1000,
        _ => 0,
    };

    private static string Chap(HostInternetScsiHbaAuthenticationProperties? properties) => properties switch
    {
        null or { ChapAuthEnabled: false } => "none",
        { ChapAuthenticationType: var type, MutualChapAuthenticationType: var mutual } =>
            (string.IsNullOrEmpty(type) ? "chap" : type) + (mutual is null or "" or "chapProhibited" ? "" : " + mutual"),
    };

    private static List<IscsiTarget> Targets(HostInternetScsiHba hba) =>
    [
        .. (hba.ConfiguredSendTarget ?? []).Select(t => new IscsiTarget(t.Address ?? "", t.Port ?? IscsiPort, null)),
        .. (hba.ConfiguredStaticTarget ?? []).Select(t => new IscsiTarget(t.Address ?? "", t.Port ?? IscsiPort, t.IScsiName)),
    ];

    private const int IscsiPort = 3260;

    private static Lun Lun(ScsiLun lun, HostMultipathInfoLogicalUnit? unit)
    {
        var disk = lun as HostScsiDisk;
        return new Lun
        {
            Key = lun.Key ?? lun.CanonicalName,
            CanonicalName = lun.CanonicalName ?? "",
            Vendor = lun.Vendor?.Trim() ?? "",
            Model = lun.Model?.Trim() ?? "",
            Revision = lun.Revision?.Trim() ?? "",
            Uuid = lun.Uuid ?? "",
            CapacityBytes = disk?.Capacity is { } c ? c.Block * c.BlockSize : 0,
            BlockSize = disk?.Capacity?.BlockSize ?? 0,
            BlockFormat = Format(disk?.ScsiDiskType),
            Ssd = disk?.Ssd,
            Local = disk?.LocalDisk,
            QueueDepth = lun.QueueDepth,
            Vaai = lun.VStorageSupport ?? "",
            Serial = string.IsNullOrWhiteSpace(lun.SerialNumber) || lun.SerialNumber == "unavailable" ? null : lun.SerialNumber.Trim(),
            PerenniallyReserved = lun.PerenniallyReserved ?? false,
            VsanDiskUuid = disk?.VsanDiskInfo?.VsanUuid is { Length: > 0 } uuid ? uuid : null,
            State = lun.OperationalState?.FirstOrDefault() ?? "",
            Protocol = lun.ApplicationProtocol?.Equals("nvme", StringComparison.OrdinalIgnoreCase) == true ? "nvme" : "scsi",
            PathPolicy = unit?.Policy?.Policy ?? "",
            ArrayPolicy = unit?.StorageArrayTypePolicy?.Policy ?? "",
            Paths = [.. (unit?.Path ?? []).Select(p =>
                new LunPath(p.Name ?? p.Key ?? "", p.State ?? p.PathState ?? "", p.IsWorkingPath ?? false, p.Adapter ?? "", Transport(p.Transport)))],
        };
    }

    private static string Format(string? scsiDiskType) => scsiDiskType switch
    {
        null => "",
        "native512" => "512n",
        "emulated512" => "512e",
        "native4k" => "4Kn",
        "SoftwareEmulated4k" => "4Kse",
        _ => scsiDiskType,
    };

    private static string Transport(HostTargetTransport? transport) => transport switch
    {
        null => "",
        HostInternetScsiTargetTransport t => string.Join(' ', new[] { t.IScsiName ?? "" }.Concat(t.Address ?? [])),
        HostFibreChannelTargetTransport t => string.Create(CultureInfo.InvariantCulture, $"fc node {t.NodeWorldWideName:x16} port {t.PortWorldWideName:x16}"),
        _ => transport.GetType().Name,
    };
}
