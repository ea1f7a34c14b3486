using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class DrsCluster : IConcernRule
{
    public string Id => "cluster.drs";

    public string Label => "Cluster with DRS";

    public string Finds => "Information when the VM's cluster is balanced by DRS.";

    public string Assessment => "DRS moves VMs to where there is room. A plain libvirt host does not: the domain stays where it is put.";

    public string Remedy => "Spread the plan's VMs over KVM hosts with their load in mind.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "vSphere API ClusterDrsConfigInfo; Forklift vmware.drs.enabled";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.HostKey is { } hostKey && context.Hosts.TryGetValue(hostKey, out EsxHost? host)
            && host.ClusterKey is { } clusterKey && context.Clusters.TryGetValue(clusterKey, out Cluster? cluster) && cluster.DrsEnabled)
        {
            yield return this.Find(ConcernSeverity.Information, context.Vm.Name,
                $"DRS balances cluster {cluster.Name}. A plain libvirt host does not: the domain stays where it is put.",
                Remedy);
        }
    }
}
