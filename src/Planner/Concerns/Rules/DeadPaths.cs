using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class DeadPaths : IConcernRule
{
    public string Id => "datastore.dead-paths";

    public string Label => "Dead paths to the storage";

    public string Finds => "Warning when the VM's host has dead paths to a LUN of the VM's datastore, or only one that works.";

    public string Assessment => "Paths to the storage are dead or there is only one. While everything is read once more, the last path carries the guests, too.";

    public string Remedy => "Restore the dead paths, or add a second one, before the wave.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere Storage guide, multipathing; HostMultipathInfoPath.state";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (Datastore datastore in context.DiskDatastores)
        {
            foreach (Lun lun in datastore.Extents.Select(extent => context.Host?.Luns.FirstOrDefault(lun => lun.CanonicalName == extent.DiskName)).OfType<Lun>())
            {
                int dead = lun.Paths.Count(path => path.State == "dead");
                int alive = lun.Paths.Count(path => path.State is "active" or "standby");
                if (dead > 0 || (lun.Paths.Count > 0 && alive < 2 && lun.Local != true))
                {
                    yield return this.Find(ConcernSeverity.Warning, datastore.Name,
                        $"{context.Host!.Name} has {Words.Count(alive, "working path")} and {Words.Count(dead, "dead path")} to {lun.CanonicalName} of datastore {datastore.Name}. While everything is read once more, the last path carries the guests, too.",
                        Remedy);
                }
            }
        }
    }
}
