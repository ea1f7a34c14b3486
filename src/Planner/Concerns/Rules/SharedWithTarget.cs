using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class SharedWithTarget : IConcernRule
{
    public string Id => "datastore.lun-shared-with-target";

    public string Label => "Target sees the LUN of the source";

    public string Finds => "Warning when the KVM host itself sees a LUN that a datastore of the VM lies on.";

    public string Assessment => "The LUN under the VM's datastore (over iSER, iSCSI or Fibre Channel) is visible to the KVM host, too. Whatever writes to it there (a volume manager, an installer, a careless mkfs) destroys the VMFS volume and every VM on it.";

    public string Remedy => "Take the LUN out of the KVM host's zone or target mapping, or hide it from its volume managers (lvm.conf devices filter, multipath blacklist) until the wave is over.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere Storage guide, VMFS and LUN zoning; lvm.conf(5), devices filter";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        HashSet<string> seen = [.. context.Plan?.Target.Facts?.Luns ?? []];
        foreach (Datastore datastore in seen.Count == 0 ? [] : context.DiskDatastores)
        {
            foreach (string name in datastore.Extents.Select(extent => extent.DiskName).Where(seen.Contains))
            {
                bool iser = context.Host is { } host && host.Luns.Where(lun => lun.CanonicalName == name).SelectMany(lun => lun.Paths)
                    .Any(path => host.Adapters.Any(adapter => adapter.Key == path.AdapterKey && adapter.Kind == AdapterKind.Iser));
                yield return this.Find(ConcernSeverity.Warning, datastore.Name,
                    $"{context.Plan!.Target.Name} sees {name}, on which datastore {datastore.Name} lies{(iser ? " (over iSER)" : "")}. A write to it from there destroys the datastore.", Remedy);
            }
        }
    }
}
