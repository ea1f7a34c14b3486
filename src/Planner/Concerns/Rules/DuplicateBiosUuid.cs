namespace Migrate.Planner.Concerns.Rules;

internal sealed class DuplicateBiosUuid : IConcernRule
{
    public string Id => "vm.duplicate-bios-uuid";

    public string Label => "BIOS UUID of several VMs";

    public string Finds => "Warning when another VM of the inventory has the same BIOS UUID, which becomes the domain's.";

    public string Assessment => "The domain takes the BIOS UUID over, and libvirt refuses a second domain with it on one host; licences may be bound to it.";

    public string Remedy => "Move them to different hosts, or give one of them a new uuid.bios and check what its guest's licences say.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "libvirt refuses two domains of one UUID; vSphere makes such VMs by copying files";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Neighbours.Others(SharedThing.BiosUuid, context.Vm.BiosUuid, context.Vm) is { Count: > 0 } others)
        {
            yield return this.Find(ConcernSeverity.Warning, context.Vm.Name,
                $"The VM has the BIOS UUID {context.Vm.BiosUuid}, which {Words.Names(others)} has, too. The domain takes it over, and libvirt refuses a second domain with it on one host.",
                Remedy);
        }
    }
}
