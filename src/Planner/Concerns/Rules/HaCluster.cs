namespace Migrate.Planner.Concerns.Rules;

internal sealed class HaCluster : IConcernRule
{
    public string Id => "cluster.ha";

    public string Label => "Cluster with high availability";

    public string Finds => "Information when the VM's cluster restarts VMs after a host's failure (HA).";

    public string Assessment => "HA restarts the VM elsewhere when its host fails. A plain libvirt host does not.";

    public string Remedy => "Put the domain under a cluster manager if the service needs a restart elsewhere.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "vSphere API ClusterDasConfigInfo; libvirt restarts no domain on another host";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Cluster is { HaEnabled: true } cluster)
        {
            yield return this.Find(ConcernSeverity.Information, context.Vm.Name,
                $"HA of cluster {cluster.Name} restarts the VM when its host fails. A plain libvirt host does not.",
                Remedy);
        }
    }
}
