using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class IoFilter : IConcernRule
{
    public string Id => "disk.io-filter";

    public string Label => "I/O filter in the disk's path";

    public string Finds => "Warning for a disk with I/O filters (caches, replication), which may hold data that is not on the datastore yet and are not carried over.";

    public string Assessment => "A write-back cache may hold what is not on the datastore yet, and the filter does not exist on KVM.";

    public string Remedy => "Detach the filter (let a cache empty itself) before the move.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere APIs for I/O Filtering; deprecated since vSphere 7.0 U3";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (VirtualDisk disk in context.Vm.Disks.Where(disk => disk.IoFilters.Count > 0))
        {
            yield return this.Find(ConcernSeverity.Warning, disk.Label,
                $"{disk.Label} is behind {string.Join(", ", disk.IoFilters)}. A write-back cache may hold what is not on the datastore, and the filter does not exist on KVM.",
                Remedy);
        }
    }
}
