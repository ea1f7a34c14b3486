using Migrate.Simulator.Estates;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Storage;
using Migrate.Simulator.Values;
using Migrate.Simulator.VirtualMachines;

namespace Migrate.Simulator.Hosts;

public sealed class HostSystem(Vcenter vcenter, string id, EstateHost source, Cluster cluster)
    : ManagedEntity(vcenter, "HostSystem", id, source.Name, cluster)
{
    public const int CpuMhz = 2000;

    public EstateHost Source { get; private set; } = source;

    public Cluster Cluster { get; } = cluster;

    public List<Datastore> Datastores { get; } = [];

    public List<Network> Networks { get; } = [];

    public IEnumerable<VirtualMachine> Vms => Vcenter.VmsOf(this);

    /// <summary>Its state or its settings are others from now on.</summary>
    public void Change(Func<EstateHost, EstateHost> change)
    {
        Source = change(Source);
        Vcenter.Changes.Signal();
    }

    protected override object? Property(string name) => name switch
    {
        "summary" => Summary(),
        "customValue" => Vcenter.Get<CustomFieldsManager>("CustomFieldsManager").ValuesOf(Source.Attributes),
        "runtime" => Runtime(),
        "hardware" => Hardware(),
        "config" => Config(),
        "configManager" => DataObject.Of("HostConfigManager", ("iscsiManager", IscsiManager.RefOf(this))),
        "vm" => References(Vms),
        "datastore" => References(Datastores),
        "network" => References(Networks),
        _ => base.Property(name),
    };

    private string Uuid => Vcenter.StableUuid("host/" + Name).ToString();

    private DataObject Product() => DataObject.Of(
        "AboutInfo",
        ("name", "VMware ESXi"),
        ("fullName", $"VMware ESXi {Source.Version} build-{Source.Build}"),
        ("vendor", "VMware, Inc."),
        ("version", Source.Version),
        ("build", Source.Build),
        ("localeVersion", "INTL"),
        ("localeBuild", "000"),
        ("osType", "vmnix-x86"),
        ("productLineId", "embeddedEsx"),
        ("apiType", "HostAgent"),
        ("apiVersion", Source.Version + ".0"),
        ("licenseProductName", "VMware ESX Server"),
        ("licenseProductVersion", Source.Version.Split('.')[0] + ".0"));

    private DataObject Runtime() => DataObject.Of(
        "HostRuntimeInfo",
        ("connectionState", Source.Connection),
        ("powerState", Source.Connection == "connected" ? "poweredOn" : "unknown"),
        ("inMaintenanceMode", Source.Maintenance),
        ("bootTime", Vcenter.Now.Date.AddDays(-30)));

    private DataObject Summary() => DataObject.Of(
        "HostListSummary",
        ("host", Ref),
        ("hardware", DataObject.Of(
            "HostHardwareSummary",
            ("vendor", "Dell Inc."),
            ("model", "PowerEdge R750"),
            ("uuid", Uuid),
            ("memorySize", Source.Memory),
            ("cpuModel", Source.CpuModel),
            ("cpuMhz", CpuMhz),
            ("numCpuPkgs", (short)2),
            ("numCpuCores", (short)Source.Cores),
            ("numCpuThreads", (short)(Source.Cores * 2)),
            ("numNics", Source.Nics!.Count),
            ("numHBAs", Source.Adapters!.Count))),
        ("runtime", Runtime()),
        ("config", DataObject.Of(
            "HostConfigSummary",
            ("name", Name),
            ("port", 443),
            ("product", Product()),
            ("vmotionEnabled", true),
            ("faultToleranceEnabled", false))),
        ("quickStats", DataObject.Of("HostListSummaryQuickStats", ("overallCpuUsage", 1800), ("overallMemoryUsage", 65536), ("uptime", 30 * 86400))),
        ("overallStatus", "green"),
        ("rebootRequired", false),
        ("maxEVCModeKey", "intel-icelake"));

    private DataObject Hardware() => DataObject.Of(
        "HostHardwareInfo",
        ("systemInfo", DataObject.Of("HostSystemInfo", ("vendor", "Dell Inc."), ("model", "PowerEdge R750"), ("uuid", Uuid))),
        ("cpuInfo", DataObject.Of(
            "HostCpuInfo",
            ("numCpuPackages", (short)2),
            ("numCpuCores", (short)Source.Cores),
            ("numCpuThreads", (short)(Source.Cores * 2)),
            ("hz", CpuMhz * 1_000_000L))),
        ("memorySize", Source.Memory),
        ("numaInfo", DataObject.Of("HostNumaInfo", ("type", "NUMA"), ("numNodes", 2))),
        ("smcPresent", false));

    private DataObject Config() => DataObject.Of(
        "HostConfigInfo",
        ("host", Ref),
        ("product", Product()),
        ("storageDevice", new HostStorage(Vcenter, this).Device()),
        ("network", new HostNetwork(this).Info()),
        ("virtualNicManagerInfo", new HostNetwork(this).Roles()),
        ("service", Services()),
        ("dateTimeInfo", DataObject.Of(
            "HostDateTimeInfo",
            ("timeZone", DataObject.Of("HostDateTimeSystemTimeZone", ("key", "UTC"), ("name", "UTC"), ("description", "UTC"), ("gmtOffset", 0))),
            ("systemClockProtocol", "ntp"),
            ("ntpConfig", DataObject.Of("HostNtpConfig", ("server", new[] { "ntp1.example", "ntp2.example" }))))),
        ("vsanHostConfig", new HostVsan(Vcenter, this).Config()));

    private static DataObject Services() => DataObject.Of("HostServiceInfo", ("service", new[]
    {
        Service("ntpd", "NTP Daemon", running: true, "on"),
        Service("TSM-SSH", "SSH", running: false, "off"),
    }));

    private static DataObject Service(string key, string label, bool running, string policy) => DataObject.Of(
        "HostService", ("key", key), ("label", label), ("required", false), ("uninstallable", false), ("running", running), ("policy", policy));
}
