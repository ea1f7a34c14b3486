using System.Xml.Linq;
using Migrate.Simulator.Estates;
using Migrate.Simulator.Hosts;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Sessions;
using Migrate.Simulator.Soap;
using Migrate.Simulator.VirtualMachines;

namespace Migrate.Simulator.StorageServices;

/// <summary>/vsanHealth: configuration, health, objects, resynchronisation and performance of the clusters that have vSAN.</summary>
internal sealed class VsanEndpoint(Vcenter vcenter) : ServiceEndpoint(vcenter, "urn:vsan")
{
    private readonly VsanPerformance _performance = new(vcenter);

    protected override Session? SessionOf(HttpRequest request, XElement? header) => Vcenter.Sessions.Find(request);

    protected override IEnumerable<XElement>? Answer(XElement call)
    {
        if (call.Name.LocalName == "VsanPerfGetSupportedEntityTypes")
        {
            return [_performance.Vscsi(Namespace)]; // The same for every cluster, which need not be named.
        }

        if (call.Child("cluster")?.AsReference() is not { } reference || Vcenter.Find(reference) is not Cluster { Vsan: true } cluster)
        {
            return [];
        }

        var state = cluster.VsanState;
        return (call.ChildText("_this"), call.Name.LocalName) switch
        {
            ("vsan-cluster-config-system", "VsanClusterGetConfig") => [Element("x",
                Element("enabled", true),
                Element("defaultConfig", Element("uuid", cluster.VsanUuid), Element("autoClaimStorage", false), Element("checksumEnabled", true)),
                Element("vsanEsaEnabled", state.Esa),
                Element("dataEfficiencyConfig", Element("dedupEnabled", state.Deduplication), Element("compressionEnabled", state.Compression)),
                Element("dataEncryptionConfig", Element("encryptionEnabled", state.Encryption)))],
            ("vsan-cluster-health-system", "VsanQueryVcClusterHealthSummary") => [Element("x",
                Element("groups", Element("groupId", "com.vmware.vsan.health.test.network"), Element("groupName", "Network"), Element("groupHealth", "green")),
                Element("groups", Element("groupId", "com.vmware.vsan.health.test.data"), Element("groupName", "Data"), Element("groupHealth", state.Health)),
                Element("overallHealth", state.Health),
                Element("overallHealthDescription", ""))],
            ("vsan-cluster-object-system", "VsanQueryObjectIdentities") => [Element("x", Element("health",
                Detail("healthy", Objects(cluster) - state.DegradedObjects),
                Detail("reducedavailabilitywithnorebuild", state.DegradedObjects),
                Detail("inaccessible", 0)))],
            ("vsan-cluster-object-system", "QuerySyncingVsanObjectsSummary") => [Element("x",
                Element("totalObjectsToSync", state.ResyncBytes > 0 ? Math.Max(1, state.DegradedObjects) : 0),
                Element("totalBytesToSync", state.ResyncBytes),
                Element("totalRecoveryETA", 0))],
            ("vsan-stretched-cluster-system", "VSANVcGetWitnessHosts") => Witnesses(state),
            ("vsan-performance-manager", "VsanPerfQueryPerf") => _performance.Query(Namespace, cluster, [.. call.Children("querySpecs")]),
            _ => null,
        };
    }

    private List<XElement> Witnesses(EstateVsan state) => state.Witness is null ? [] :
    [
        Element("x",
            Element("nodeUuid", Vcenter.StableUuid("vsan-node/" + state.Witness)),
            Element("faultDomainName", ""),
            Element("preferredFdName", "Preferred"),
            new XElement(Namespace + "host", new XAttribute("type", "HostSystem"), Vcenter.All<HostSystem>().First(h => h.Name == state.Witness).Ref.Id)),
    ];

    private XElement Detail(string health, int count) => Element("objectHealthDetail", Element("numObjects", count), Element("health", health));

    /// <summary>A VM's directory and each of its disks.</summary>
    private int Objects(Cluster cluster) => Vcenter.All<VirtualMachine>().Where(v => cluster.Hosts.Contains(v.Host)).Sum(v => 1 + v.Disks.Count(d => d.Datastore.IsVsan));
}
