using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class VsanStretched : IConcernRule
{
    public string Id => "vsan.stretched";

    public string Label => "vSAN over two sites";

    public string Finds => "Information when the VM is on vSAN whose hosts are in exactly two fault domains: a stretched cluster, or one of two nodes.";

    public string Assessment => "Reads are served at the site where the VM runs, writes wait for both sites. The baseline holds for the site at which it was collected, and its write latency includes the way between the sites, which the target does not have.";

    public string Remedy => "Collect the baseline at the site where the VM usually runs, and ask whether the target must survive the loss of a site, too: one KVM host does not.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "vSAN Stretched Cluster guide: read locality, inter-site writes";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Cluster is { } cluster && context.DiskDatastores.Any(datastore => datastore.IsVsan))
        {
            List<string?> domains = [.. cluster.HostKeys.Select(key => context.Hosts.GetValueOrDefault(key)?.Vsan).OfType<VsanHost>().Select(host => host.FaultDomain)];
            if (domains.Count >= 2 && domains.TrueForAll(domain => domain is not null) && domains.Distinct().Order().ToList() is [var first, var second])
            {
                yield return this.Find(ConcernSeverity.Information, cluster.Name,
                    $"vSAN's hosts are in the two fault domains '{first}' and '{second}': each write waits for both, and reads come from '{context.Host?.Vsan?.FaultDomain}', where the VM is.", Remedy);
            }
        }
    }
}
