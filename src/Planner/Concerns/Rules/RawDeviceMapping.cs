using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class RawDeviceMapping : IConcernRule
{
    public string Id => "disk.rdm";

    public string Label => "Raw device mapping";

    public string Finds => "Critical for a raw device mapping in physical mode, whose bytes vSphere does not hand out; Warning in virtual mode, which becomes an ordinary disk.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "VDDK and export do not read physical-mode mappings (vSphere Storage guide, \"RDM Considerations\"); Forklift vmware.disk.rdm.detected";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (VirtualDisk disk in context.Vm.Disks.Where(disk => disk.Backing == DiskBacking.RawDeviceMapping))
        {
            // Anything but a clear "virtualMode" is taken for physical: the careful side.
            yield return disk.RdmCompatibility == "virtualMode"
                ? this.Find(ConcernSeverity.Warning, disk.Label, $"{disk.Label} is a LUN mapped in virtual mode. Its content is copied; the mapping itself does not exist on KVM.",
                    "Nothing if a copy is what you want. If other machines use the LUN directly, detach it and attach the LUN to the domain by hand afterwards.")
                : this.Find(ConcernSeverity.Critical, disk.Label, $"{disk.Label} is a LUN mapped in physical mode. vSphere neither exports it nor takes snapshots of it, so no reader gets at its bytes.",
                    "Convert it to an ordinary virtual disk (Storage vMotion of a virtual-mode mapping), or detach it and attach the LUN to the KVM host.");
        }
    }
}
