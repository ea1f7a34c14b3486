using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class RawDeviceMapping : IConcernRule
{
    public string Id => "disk.rdm";

    public string Label => "Raw device mapping";

    public string Finds => "Warning for a raw device mapping, which becomes an ordinary disk.";

    public string Assessment => "The disk is a LUN. The mapping does not exist on KVM: the domain gets a copy of the content, if it can be read at all.";

    public string Remedy => "Nothing if a copy is what you want. If other machines use the LUN directly, detach it and attach the LUN to the domain by hand afterwards.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere Storage guide, \"RDM Considerations\"; Forklift vmware.disk.rdm.detected";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (VirtualDisk disk in context.Vm.Disks.Where(disk => disk.Backing == DiskBacking.RawDeviceMapping))
        {
            yield return this.Find(ConcernSeverity.Warning, disk.Label,
                $"{disk.Label} is a LUN that is mapped in {(disk.RdmCompatibility == "virtualMode" ? "virtual" : "physical")} mode. The mapping does not exist on KVM: the domain gets a copy of the content, if it can be read at all.",
                Remedy);
        }
    }
}
