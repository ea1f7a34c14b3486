using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class DuplicateDiskUuid : IConcernRule
{
    public string Id => "disk.duplicate-uuid";

    public string Label => "Two disks of one UUID";

    public string Finds => "Critical when two disks of the VM have the same UUID, from which their namespaces are named.";

    public string Assessment => "Namespaces are named from the disks' UUIDs: two disks of one UUID would be written over each other.";

    public string Remedy => "Give one of them a new UUID (vmkfstools -J setuuid), and synchronise.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "VMware KB on vmkfstools -J setuuid; namespaces are UUIDv5 of the disk's UUID";

    public bool CanBeOverridden => false;

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (IGrouping<string, VirtualDisk> same in context.Vm.Disks.Where(disk => disk.Uuid is not null).GroupBy(disk => disk.Uuid!, StringComparer.OrdinalIgnoreCase).Where(disks => disks.Count() > 1))
        {
            yield return this.Find(ConcernSeverity.Critical, same.First().Label,
                $"{string.Join(" and ", same.Select(disk => disk.Label))} have the same UUID {same.Key}: their namespaces would have one name, and one would be written over the other.",
                Remedy);
        }
    }
}
