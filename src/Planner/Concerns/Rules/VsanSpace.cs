namespace Migrate.Planner.Concerns.Rules;

internal sealed class VsanSpace : IConcernRule
{
    public string Id => "vsan.space-efficiency";

    public string Label => "vSAN saves space";

    public string Finds => "Information when vSAN deduplicates or compresses: the target needs more room than vSAN shows.";

    public string Assessment => "vSAN deduplicates or compresses. The copies on the target are neither, and take what the guests wrote.";

    public string Remedy => "Plan the target's space by the guests' use and not by vSAN's.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "vSAN Administration guide, deduplication and compression";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Cluster is { Vsan: { } vsan } cluster && context.DiskDatastores.Any(datastore => datastore.IsVsan) && (vsan.Deduplication == true || vsan.Compression == true))
        {
            yield return this.Find(ConcernSeverity.Information, cluster.Name,
                $"vSAN of cluster {cluster.Name} {(vsan.Deduplication == true ? "deduplicates and compresses" : "compresses")}. The copies on the target are neither, and take what the guests wrote.",
                Remedy);
        }
    }
}
