namespace Migrate.Planner.Concerns.Rules;

internal sealed class VsanEncryption : IConcernRule
{
    public string Id => "vsan.encryption";

    public string Label => "vSAN encrypts data at rest";

    public string Finds => "Warning when vSAN encrypts: the copies on the target are in clear.";

    public string Assessment => "vSAN encrypts data at rest. What readers get is in clear, and so is the copy.";

    public string Remedy => "Put the target's backing files on encrypted storage (LUKS, self-encrypting drives).";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSAN Administration guide, data-at-rest encryption";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Cluster is { Vsan: { } vsan } cluster && context.DiskDatastores.Any(datastore => datastore.IsVsan) && vsan.Encryption == true)
        {
            yield return this.Find(ConcernSeverity.Warning, cluster.Name,
                $"vSAN of cluster {cluster.Name} encrypts data at rest. What readers get is in clear, and so is the copy.",
                Remedy);
        }
    }
}
