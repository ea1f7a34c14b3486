using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class SharedLun : IConcernRule
{
    public string Id => "disk.shared-lun";

    public string Label => "LUN of several VMs";

    public string Finds => "Critical when another VM of the inventory maps the same LUN.";

    public string Assessment => "Two VMs map the same LUN. Each would get its own copy of what is one disk.";

    public string Remedy => "Detach the mapping from all VMs but one, or keep the LUN and attach it to the KVM hosts.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "vSphere Storage guide, RDM with virtual machine clusters; vJailbreak's check of RDM owners";

    public bool CanBeOverridden => false;

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (VirtualDisk disk in context.Vm.Disks.Where(disk => disk.Backing == DiskBacking.RawDeviceMapping))
        {
            if (context.Neighbours.Others(SharedThing.Lun, disk.LunUuid, context.Vm) is { Count: > 0 } others)
            {
                yield return this.Find(ConcernSeverity.Critical, disk.Label,
                    $"{disk.Label} maps a LUN that {Words.Names(others)} maps, too. Each VM would get its own copy of what is one disk.",
                    Remedy);
            }
        }
    }
}
