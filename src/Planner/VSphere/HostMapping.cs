using System.Globalization;
using Migrate.Planner.Inventory;
using Migrate.Vim25;
using PhysicalNic = Migrate.Planner.Inventory.PhysicalNic;

namespace Migrate.Planner.VSphere;

/// <summary>A HostSystem's properties as our <see cref="EsxHost"/>, with the chain from LUN over path to adapter.</summary>
internal static class HostMapping
{
    public static readonly string[] Paths =
    [
        "name", "parent", "config.product.version", "config.product.build", "config.network.pnic", "config.network.rdmaDevice",
        "config.storageDevice.hostBusAdapter", "config.storageDevice.scsiLun", "config.storageDevice.multipathInfo.lun",
        "config.vsanHostConfig.enabled", "config.vsanHostConfig.vsanEsaEnabled", "runtime.connectionState", "runtime.inMaintenanceMode",
        "summary.hardware.cpuModel", "summary.hardware.numCpuCores", "summary.hardware.memorySize",
    ];

    public static EsxHost Map(ObjectProperties host)
    {
        var nics = host.Get<ArrayOfPhysicalNic>("config.network.pnic")?.PhysicalNic ?? [];
        var rdma = host.Get<ArrayOfHostRdmaDevice>("config.network.rdmaDevice")?.HostRdmaDevice ?? [];
        var parent = host.Get<ManagedObjectReference>("parent");
        return new EsxHost
        {
            Key = host.Key,
            Name = VimName.Decode(host.Text("name")) ?? host.Key,
            Version = host.Text("config.product.version") ?? "",
            Build = host.Text("config.product.build") ?? "",
            ConnectionState = host.Text("runtime.connectionState") ?? "",
            InMaintenance = host.Flag("runtime.inMaintenanceMode"),
            CpuModel = host.Text("summary.hardware.cpuModel")?.Trim() ?? "",
            CpuCores = host.Int("summary.hardware.numCpuCores"),
            MemoryBytes = host.Long("summary.hardware.memorySize"),
            ClusterKey = parent?.Type == "ClusterComputeResource" ? parent.Value : null,
            VsanEnabled = host.Flag("config.vsanHostConfig.enabled"),
            VsanEsa = host.Flag("config.vsanHostConfig.vsanEsaEnabled"),
            Adapters = [.. (host.Get<ArrayOfHostHostBusAdapter>("config.storageDevice.hostBusAdapter")?.HostHostBusAdapter ?? []).Select(a => Adapter(a, rdma, nics))],
            RdmaDevices = [.. rdma.Select(Rdma)],
            PhysicalNics = [.. nics.Select(n => new PhysicalNic(n.Key ?? n.Device, n.Device, n.Driver ?? "", n.Mac ?? "", n.LinkSpeed?.SpeedMb ?? 0))],
            Luns = Luns(host),
        };
    }

    private static StorageAdapter Adapter(HostHostBusAdapter hba, IReadOnlyList<HostRdmaDevice> rdma, IReadOnlyList<Vim25.PhysicalNic> nics)
    {
        var (kind, confidence, reason, device) = AdapterKinds.Of(hba, rdma, nics);
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
            Iqn = (hba as HostInternetScsiHba)?.IScsiName,
            RdmaDevice = device,
        };
    }

    private static RdmaDevice Rdma(HostRdmaDevice d) => new(
        d.Key, d.Device, d.Driver ?? "", d.Description ?? "", (d.Backing as HostRdmaDevicePnicBacking)?.PairedUplink,
        d.ConnectionInfo?.SpeedInMbps ?? 0, d.Capability?.RoceV1Capable ?? false, d.Capability?.RoceV2Capable ?? false, d.Capability?.IWarpCapable ?? false);

    private static List<Lun> Luns(ObjectProperties host)
    {
        var paths = (host.Get<ArrayOfHostMultipathInfoLogicalUnit>("config.storageDevice.multipathInfo.lun")?.HostMultipathInfoLogicalUnit ?? [])
            .Where(u => u.Lun is not null).GroupBy(u => u.Lun).ToDictionary(g => g.Key, g => g.First());
        return [.. (host.Get<ArrayOfScsiLun>("config.storageDevice.scsiLun")?.ScsiLun ?? [])
            .Where(l => l is HostScsiDisk || l.LunType == "disk")
            .Select(l => Lun(l, paths.GetValueOrDefault(l.Key ?? "")))];
    }

    private static Lun Lun(ScsiLun lun, HostMultipathInfoLogicalUnit? unit)
    {
        var disk = lun as HostScsiDisk;
        return new Lun
        {
            Key = lun.Key ?? lun.CanonicalName,
            CanonicalName = lun.CanonicalName ?? "",
            Vendor = lun.Vendor?.Trim() ?? "",
            Model = lun.Model?.Trim() ?? "",
            CapacityBytes = disk?.Capacity is { } c ? c.Block * c.BlockSize : 0,
            Ssd = disk?.Ssd,
            PerenniallyReserved = lun.PerenniallyReserved ?? false,
            PathPolicy = unit?.Policy?.Policy ?? "",
            ArrayPolicy = unit?.StorageArrayTypePolicy?.Policy ?? "",
            Paths = [.. (unit?.Path ?? []).Select(p =>
                new LunPath(p.Name ?? p.Key ?? "", p.State ?? p.PathState ?? "", p.IsWorkingPath ?? false, p.Adapter ?? "", Transport(p.Transport)))],
        };
    }

    private static string Transport(HostTargetTransport? transport) => transport switch
    {
        null => "",
        HostInternetScsiTargetTransport t => string.Join(' ', new[] { t.IScsiName ?? "" }.Concat(t.Address ?? [])),
        HostFibreChannelTargetTransport t => string.Create(CultureInfo.InvariantCulture, $"fc node {t.NodeWorldWideName:x16} port {t.PortWorldWideName:x16}"),
        _ => transport.GetType().Name,
    };
}
