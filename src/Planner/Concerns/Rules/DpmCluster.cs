namespace Migrate.Planner.Concerns.Rules;

internal sealed class DpmCluster : IConcernRule
{
    public string Id => "cluster.dpm";

    public string Label => "Cluster with power management";

    public string Finds => "Information when the VM's cluster puts hosts to sleep (DPM).";

    public string Assessment => "DPM puts hosts to sleep and wakes them with the load. A plain libvirt host has no counterpart.";

    public string Remedy => "Leave DPM off while waves run, so that no source host goes to sleep in between.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "vSphere API ClusterDpmConfigInfo; Forklift vmware.dpm.enabled";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Cluster is { DpmEnabled: true } cluster)
        {
            yield return this.Find(ConcernSeverity.Information, context.Vm.Name,
                $"DPM of cluster {cluster.Name} puts hosts to sleep and wakes them with the load. A plain libvirt host has no counterpart.",
                Remedy);
        }
    }
}
