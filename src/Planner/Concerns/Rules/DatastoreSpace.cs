using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class DatastoreSpace : IConcernRule
{
    public string Id => "datastore.snapshot-space";

    public string Label => "Little space for snapshots";

    public string Finds => "Warning (Critical in a warm plan) when a datastore of the VM has less than 5 % free, Warning in a warm plan below 15 %.";

    public string Assessment => "A snapshot grows while disks are read. When it fills the datastore, every VM on it stops.";

    public string Remedy => "Free space on the datastore, or move the VM's disks to another one, and synchronise.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "Broadcom KB 1025279 (a snapshot may grow to its disk's size); an export makes and holds files, too";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (Datastore datastore in context.DiskDatastores.Where(datastore => datastore is { CapacityBytes: > 0, Accessible: true }))
        {
            double free = (double)datastore.FreeBytes / datastore.CapacityBytes;
            bool warm = context.Mode == MigrationMode.Warm;
            if (free < 0.05 || (warm && free < 0.15))
            {
                yield return this.Find(warm && free < 0.05 ? ConcernSeverity.Critical : ConcernSeverity.Warning, datastore.Name,
                    $"Datastore {datastore.Name} has {free * 100:0.#} % free. A snapshot that grows while disks are read may fill it, and all VMs on a full datastore stop.",
                    Remedy);
            }
        }
    }
}
