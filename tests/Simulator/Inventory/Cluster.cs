using Migrate.Simulator.Estates;
using Migrate.Simulator.Hosts;
using Migrate.Simulator.Storage;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.Inventory;

public sealed class Cluster : ManagedEntity
{
    private readonly EstateCluster _source;

    public Cluster(Vcenter vcenter, string id, EstateCluster source, Datacenter datacenter, Func<string, string> newId)
        : base(vcenter, "ClusterComputeResource", id, source.Name, datacenter.HostFolder)
    {
        _source = source;
        Datacenter = datacenter;
        Pool = vcenter.Add(new ResourcePool(vcenter, newId("resgroup"), this));
    }

    public Datacenter Datacenter { get; }

    public ResourcePool Pool { get; }

    public bool Vsan => _source.Vsan;

    public EstateVsan VsanState => _source.VsanState;

    /// <summary>The datastore's URL carries it with other hyphens.</summary>
    public string VsanUuid => Datastores.FirstOrDefault(d => d.IsVsan)?.VsanClusterUuid ?? Vcenter.StableUuid("vsan/" + Name).ToString();

    public List<HostSystem> Hosts { get; } = [];

    public override IEnumerable<ManagedEntity> Children => [Pool, .. Hosts];

    public IEnumerable<Datastore> Datastores => Hosts.SelectMany(h => h.Datastores).Distinct();

    protected override object? Property(string name) => name switch
    {
        "resourcePool" => Pool.Ref,
        "host" => References(Hosts),
        "datastore" => References(Datastores),
        "network" => References(Hosts.SelectMany(h => h.Networks).Distinct()),
        "summary" or "summaryEx" => Summary(),
        "configurationEx" => ConfigurationEx(),
        "configuration" => DataObject.Of("ClusterConfigInfo", ("dasConfig", Das()), ("drsConfig", Drs())),
        _ => base.Property(name),
    };

    private DataObject Summary()
    {
        var cores = Hosts.Sum(h => h.Source.Cores);
        var memory = Hosts.Sum(h => h.Source.Memory);
        var effective = Hosts.Count(h => h.Source is { Connection: "connected", Maintenance: false });
        return DataObject.Of(
            "ClusterComputeResourceSummary",
            ("totalCpu", cores * HostSystem.CpuMhz),
            ("totalMemory", memory),
            ("numCpuCores", (short)cores),
            ("numCpuThreads", (short)(cores * 2)),
            ("effectiveCpu", cores * HostSystem.CpuMhz),
            ("effectiveMemory", memory >> 20),
            ("numHosts", Hosts.Count),
            ("numEffectiveHosts", effective),
            ("overallStatus", "green"),
            ("currentFailoverLevel", 1),
            ("numVmotions", 0),
            ("currentEVCModeKey", _source.Evc));
    }

    private DataObject ConfigurationEx() => DataObject.Of(
        "ClusterConfigInfoEx",
        ("vmSwapPlacement", "vmDirectory"),
        ("dasConfig", Das()),
        ("drsConfig", Drs()),
        ("rule", new ClusterRules(Vcenter, _source.Rules).Rules()),
        ("group", new ClusterRules(Vcenter, _source.Rules).Groups()),
        ("dpmConfigInfo", DataObject.Of("ClusterDpmConfigInfo", ("enabled", _source.Dpm))),
        ("vsanConfigInfo", DataObject.Of(
            "VsanClusterConfigInfo",
            ("enabled", _source.Vsan),
            ("defaultConfig", _source.Vsan ? DataObject.Of("VsanClusterConfigInfoHostDefaultInfo", ("uuid", VsanUuid), ("autoClaimStorage", false), ("checksumEnabled", true)) : null),
            ("vsanEsaEnabled", _source.Vsan && VsanState.Esa))));

    private DataObject Das() => DataObject.Of("ClusterDasConfigInfo", ("enabled", _source.Ha), ("hostMonitoring", "enabled"), ("vmMonitoring", "vmMonitoringDisabled"));

    private DataObject Drs() => DataObject.Of("ClusterDrsConfigInfo", ("enabled", _source.Drs), ("defaultVmBehavior", _source.DrsAutomation), ("vmotionRate", 3));
}
