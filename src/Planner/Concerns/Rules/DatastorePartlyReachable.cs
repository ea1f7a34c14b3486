using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class DatastorePartlyReachable : IConcernRule
{
    public string Id => "datastore.partly-reachable";

    public string Label => "Datastore that some hosts cannot reach";

    public string Finds => "Warning when some hosts that mount the VM's datastore cannot reach it.";

    public string Assessment => "Some hosts of the cluster have lost their way to the datastore. A VM that is restarted on one of them has no disks.";

    public string Remedy => "Restore those hosts' paths, so that the VM cannot be restarted where its disks are missing.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere API HostMountInfo.accessible";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (Datastore datastore in context.DiskDatastores.Where(datastore => datastore.InaccessibleFrom.Count > 0))
        {
            yield return this.Find(ConcernSeverity.Warning, datastore.Name,
                $"Datastore {datastore.Name} cannot be reached from {string.Join("; ", datastore.InaccessibleFrom.Take(5))}.",
                Remedy);
        }
    }
}
