using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class DatastoreReadOnly : IConcernRule
{
    public string Id => "datastore.nfs-read-only";

    public string Label => "NFS export mounted read-only";

    public string Finds => "Information when a disk lies on an NFS export that the host may only read.";

    public string Assessment => "No snapshot of the VM can be made on an export that is mounted read-only, so that it can be moved cold only.";

    public string Remedy => "Copy the VM cold, as it is.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "vSphere API HostNasVolume";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (Datastore datastore in context.DiskDatastores.Where(datastore => datastore.Nfs is { ReadOnly: true }))
        {
            yield return this.Find(ConcernSeverity.Information, datastore.Name,
                $"Datastore {datastore.Name} is an NFS export that is mounted read-only: no snapshot of the VM can be made.",
                Remedy);
        }
    }
}
