using System.Xml.Linq;
using Migrate.Planner.Inventory;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere.Storage;

/// <summary>
/// What only vSAN's own service in vCenter tells of a cluster: space efficiency, encryption, health, the state of its objects, and
/// how much is being resynchronised.
/// </summary>
internal sealed class VsanReader(VSphereSession session)
{
    // The oldest version of the service that has every call below; newer ones still speak it.
    private readonly SoapService _service = new(session, "/vsanHealth", "urn:vsan", "6.8.7");

    /// <summary>Each part that cannot be read becomes a line of <paramref name="gaps"/>; the others are still read.</summary>
    public async Task<VsanCluster> ReadAsync(Cluster cluster, VsanCluster known, ICollection<string> gaps, CancellationToken cancellationToken)
    {
        var moref = _service.Reference("cluster", new ManagedObjectReference("ClusterComputeResource", cluster.Key));
        if (await AskAsync("configuration", "VsanClusterGetConfig", "VsanVcClusterConfigSystem", "vsan-cluster-config-system", [moref]) is { } config)
        {
            known = known with
            {
                Deduplication = config.Flag("dataEfficiencyConfig", "dedupEnabled"),
                Compression = config.Flag("dataEfficiencyConfig", "compressionEnabled"),
                Encryption = config.Flag("dataEncryptionConfig", "encryptionEnabled"),
                Checksum = config.Flag("defaultConfig", "checksumEnabled") ?? known.Checksum,
            };
        }

        // From its cache: vSAN's checks themselves take minutes and load the cluster.
        if (await AskAsync("health", "VsanQueryVcClusterHealthSummary", "VsanVcClusterHealthSystem", "vsan-cluster-health-system",
            [moref, _service.Argument("includeObjUuids", false), _service.Argument("fetchFromCache", true)]) is { } health)
        {
            known = known with
            {
                Health = health.Text("overallHealth"),
                HealthProblems = [.. health.Children("groups").Where(g => g.Text("groupHealth") is "red" or "yellow").Select(g => $"{g.Text("groupName")}: {g.Text("groupHealth")}")],
            };
        }

        if (await AskAsync("object health", "VsanQueryObjectIdentities", "VsanObjectSystem", "vsan-cluster-object-system",
            [moref, _service.Argument("includeHealth", true), _service.Argument("includeObjIdentity", false)]) is { } objects)
        {
            known = known with
            {
                Objects = [.. (objects.Child("health")?.Children("objectHealthDetail") ?? [])
                    .Select(d => new VsanObjectHealth(d.Text("health") ?? "unknown", (int)(d.Number("numObjects") ?? 0))).Where(h => h.Count > 0).OrderBy(h => h.State, StringComparer.Ordinal)],
            };
        }

        if (await AskAsync("resynchronisation", "QuerySyncingVsanObjectsSummary", "VsanObjectSystem", "vsan-cluster-object-system", [moref]) is { } resync)
        {
            known = known with { ResyncingObjects = resync.Number("totalObjectsToSync") ?? 0, ResyncBytes = resync.Number("totalBytesToSync") ?? 0 };
        }

        if (await AllAsync("witnesses", "VSANVcGetWitnessHosts", "VimClusterVsanVcStretchedClusterSystem", "vsan-stretched-cluster-system", [moref]) is { } witnesses)
        {
            known = known with
            {
                Witnesses = [.. witnesses.Select(w => new VsanWitness(w.Text("host"), w.Text("nodeUuid") ?? "", w.Text("faultDomainName"), w.Text("preferredFdName")))
                    .OrderBy(w => w.NodeUuid, StringComparer.Ordinal)],
            };
        }

        return known;

        async Task<XElement?> AskAsync(string what, string operation, string type, string id, XElement[] arguments) =>
            await AllAsync(what, operation, type, id, arguments) is [var first, ..] ? first : null;

        async Task<IReadOnlyList<XElement>?> AllAsync(string what, string operation, string type, string id, XElement[] arguments)
        {
            try
            {
                return await _service.CallAsync(operation, new ManagedObjectReference(type, id), arguments, cancellationToken);
            }
            catch (MigrateException e) when (!e.IsTransient)
            {
                gaps.Add($"vSAN {what} of cluster {cluster.Name}: {e.Message}");
                return null;
            }
        }
    }
}
