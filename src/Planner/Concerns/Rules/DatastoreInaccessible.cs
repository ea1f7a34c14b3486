using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class DatastoreInaccessible : IConcernRule
{
    public string Id => "datastore.inaccessible";

    public string Label => "Datastore missing or not accessible";

    public string Finds => "Critical when a disk's datastore is not in the inventory or not accessible; Warning when it is in maintenance mode.";

    public string Assessment => "A disk's datastore is not in the inventory, cannot be reached or is being emptied: its disks cannot be read, or will soon be somewhere else.";

    public string Remedy => "Give the account the right to see the datastore, restore the paths to its storage or wait until it is emptied, and synchronise.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "vSphere API Datastore.summary; Forklift vmware.datastore.missing";

    public bool CanBeOverridden => false;

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (VirtualDisk disk in context.Vm.Disks.Where(disk => disk is { LocalFile: null, Backing: not (DiskBacking.RawDisk or DiskBacking.PersistentMemory) }))
        {
            Datastore? datastore = disk.DatastoreKey is null ? null : context.Datastores.GetValueOrDefault(disk.DatastoreKey);
            if (datastore is null)
            {
                yield return this.Find(ConcernSeverity.Critical, disk.Label,
                    $"{disk.Label} ({Words.Or(disk.FileName, "no file name")}) lies on a datastore that the inventory does not have.",
                    "Give the account the right to see the datastore (System.Read, Datastore.Browse), or repair the disk, and synchronise.");
            }
            else if (!datastore.Accessible)
            {
                yield return this.Find(ConcernSeverity.Critical, disk.Label, $"{disk.Label} lies on datastore {datastore.Name}, which vSphere cannot reach.",
                    "Restore the paths to the datastore's storage and synchronise.");
            }
            else if (datastore.MaintenanceMode != "normal")
            {
                yield return this.Find(ConcernSeverity.Warning, disk.Label,
                    $"{disk.Label} lies on datastore {datastore.Name}, whose maintenance mode is {datastore.MaintenanceMode}: its VMs are being moved away.",
                    "Wait until the datastore's evacuation has ended and synchronise, so that the plan knows the disk's new place.");
            }
        }
    }
}
