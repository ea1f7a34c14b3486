using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class PhysicalMapping : IConcernRule
{
    public string Id => "disk.rdm-physical";

    public string Label => "Raw device mapping in physical mode";

    public string Finds => "Critical for a raw device mapping in physical mode, whose bytes vSphere does not hand out.";

    public string Assessment => "The guest talks to the LUN itself, so that neither an export nor VDDK gets at its bytes: nothing would be copied of this disk.";

    public string Remedy => "Change the mapping to virtual mode (the VM must be off), copy the LUN by the array's own means and leave the disk out, or keep the LUN and attach it to the domain.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "VDDK and export do not read physical-mode mappings (vSphere Storage guide, \"RDM Considerations\")";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (VirtualDisk disk in context.Vm.Disks.Where(disk => disk is { Backing: DiskBacking.RawDeviceMapping, RdmCompatibility: not "virtualMode" }))
        {
            yield return this.Find(ConcernSeverity.Critical, disk.Label,
                $"{disk.Label} maps the LUN {Words.Or(disk.DeviceName ?? disk.LunUuid ?? "", "without a name")} in physical mode. vSphere gives out neither its bytes nor a snapshot of it, so that no reader can copy it.",
                Remedy);
        }
    }
}
