namespace Migrate.Planner.Concerns.Rules;

internal sealed class VsanResync : IConcernRule
{
    public string Id => "vsan.resync";

    public string Label => "vSAN resynchronises";

    public string Finds => "Warning while vSAN rebuilds or moves objects.";

    public string Assessment => "vSAN copies objects. Reading competes with it, and a baseline taken now shows it.";

    public string Remedy => "Wait until it has ended.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSAN Monitoring guide, resyncing objects";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Cluster is { Vsan: { } vsan } cluster && context.DiskDatastores.Any(datastore => datastore.IsVsan) && vsan.ResyncingObjects > 0)
        {
            yield return this.Find(ConcernSeverity.Warning, cluster.Name,
                $"vSAN of cluster {cluster.Name} resynchronises {vsan.ResyncingObjects} objects ({(vsan.ResyncBytes ?? 0) >> 30} GiB left). Reading competes with it, and a baseline taken now shows it.",
                Remedy);
        }
    }
}
