using Migrate.Planner.Inventory;
using Migrate.Planner.Iser;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class IserRequirement : IConcernRule
{
    public string Id => "iser.requirement";

    public string Label => "iSER lacks what it needs";

    public string Finds => "Warning for each requirement of iSER that an adapter under the VM's datastores does not meet; Information that names those that vSphere does not show.";

    public string Assessment => "An iSER adapter under the VM's datastores lacks something that iSER needs: the source's latency may be that of a path that is not RDMA, and so its baseline.";

    public string Remedy => "Mend what the requirement names; what vSphere does not show, look at by hand. NVMe/TCP on the target needs none of it.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere Storage guide, configuring iSER with ESXi; requirements of RoCE networks";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Host is not { } host)
        {
            yield break;
        }
        HashSet<string> disks = [.. context.DiskDatastores.SelectMany(datastore => datastore.Extents).Select(extent => extent.DiskName)];
        HashSet<string> adapters = [.. host.Luns.Where(lun => disks.Contains(lun.CanonicalName)).SelectMany(lun => lun.Paths).Select(path => path.AdapterKey)];
        if (!host.Adapters.Any(adapter => adapter.Kind == AdapterKind.Iser && adapters.Contains(adapter.Key)))
        {
            yield break;
        }
        foreach (IserReport report in IserChecks.Of(host, context.FlowControl.GetValueOrDefault(host.Name)).Where(report => adapters.Contains(report.Chain.Adapter.Key)))
        {
            string subject = $"{host.Name} {report.Adapter}";
            foreach (RequirementCheck check in report.Checks.Where(check => check.Outcome == RequirementOutcome.NotMet))
            {
                yield return this.Find(ConcernSeverity.Warning, subject, $"{check.Requirement}: {check.Evidence}. The source's latency may be that of a path that is not RDMA, and so its baseline.", check.Remedy);
            }
            if (report.Checks.Where(check => check.Outcome == RequirementOutcome.Unknown).ToList() is { Count: > 0 } unknown)
            {
                yield return this.Find(ConcernSeverity.Information, subject, $"Not known: {string.Join("; ", unknown.Select(check => $"{check.Requirement} ({check.Evidence})"))}.",
                    "Look at them by hand; NVMe/TCP on the target needs none of them.");
            }
        }
    }
}
