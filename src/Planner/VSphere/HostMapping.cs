using Migrate.Planner.Inventory;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>A HostSystem's properties as our <see cref="EsxHost"/>.</summary>
internal static class HostMapping
{
    public static readonly string[] Paths =
    [
        "name", "parent", "config.product.version", "config.product.build", "runtime.connectionState", "runtime.inMaintenanceMode",
        "summary.hardware", "summary.currentEVCModeKey", "summary.maxEVCModeKey", "hardware.numaInfo.numNodes",
        "config.dateTimeInfo", "config.service", .. HostNetworkMapping.Paths, .. HostStorageMapping.Paths, .. VsanMapping.Paths,
    ];

    public static EsxHost Map(ObjectProperties host)
    {
        var hardware = host.Get<HostHardwareSummary>("summary.hardware");
        var cpu = host.Get<HostCpuInfo>("hardware.cpuInfo"); // The same in dumps that were made without the summary.
        var network = new HostNetworkMapping(host);
        var storage = new HostStorageMapping(host);
        var parent = host.Get<ManagedObjectReference>("parent");
        var vsan = VsanMapping.Host(host);
        var services = host.Get<HostServiceInfo>("config.service")?.Service ?? [];
        return new EsxHost
        {
            Key = host.Key,
            Name = VimName.Decode(host.Text("name")) ?? host.Key,
            Version = host.Text("config.product.version") ?? "",
            Build = host.Text("config.product.build") ?? "",
            ConnectionState = host.Text("runtime.connectionState") ?? "",
            InMaintenance = host.Flag("runtime.inMaintenanceMode"),
            Vendor = hardware?.Vendor?.Trim() ?? "",
            HardwareModel = hardware?.Model?.Trim() ?? "",
            CpuModel = hardware?.CpuModel?.Trim() ?? "",
            CpuPackages = hardware?.NumCpuPkgs ?? cpu?.NumCpuPackages ?? 0,
            CpuCores = hardware?.NumCpuCores ?? cpu?.NumCpuCores ?? 0,
            CpuThreads = hardware?.NumCpuThreads ?? cpu?.NumCpuThreads ?? 0,
            CpuMhz = hardware?.CpuMhz ?? (int)((cpu?.Hz ?? 0) / 1_000_000),
            NumaNodes = host.Int("hardware.numaInfo.numNodes"),
            EvcMode = Some(host.Text("summary.currentEVCModeKey")),
            MaxEvcMode = Some(host.Text("summary.maxEVCModeKey")),
            MemoryBytes = hardware?.MemorySize ?? host.Long("hardware.memorySize"),
            ClusterKey = parent?.Type == "ClusterComputeResource" ? parent.Value : null,
            VsanEnabled = vsan is not null,
            VsanEsa = vsan?.Esa ?? false,
            Vsan = vsan,
            TimeSync = Time(host.Get<HostDateTimeInfo>("config.dateTimeInfo"), services),
            Services = [.. services.Select(s => new Inventory.HostService(s.Key, s.Label ?? "", s.Running, s.Policy ?? ""))],
            Adapters = storage.Adapters(),
            NvmeControllers = storage.NvmeControllers(),
            RdmaDevices = network.RdmaDevices(),
            PhysicalNics = network.PhysicalNics(),
            VmkernelAdapters = network.VmkernelAdapters(),
            Switches = network.Switches(),
            Luns = storage.Luns(),
        };
    }

    private static TimeSync Time(HostDateTimeInfo? time, IReadOnlyList<Vim25.HostService> services)
    {
        var daemon = services.FirstOrDefault(s => s.Key == (time?.SystemClockProtocol == "ptp" ? "ptpd" : "ntpd"));
        return new TimeSync(time?.SystemClockProtocol ?? "", time?.NtpConfig?.Server ?? [], daemon?.Running);
    }

    private static string? Some(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
