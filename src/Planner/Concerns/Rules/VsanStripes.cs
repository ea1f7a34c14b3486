using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class VsanStripes : IConcernRule
{
    public string Id => "vsan.stripe-width";

    public string Label => "vSAN object in stripes";

    public string Finds => "Information for a disk whose policy stripes it over several devices.";

    public string Assessment => "The object's parts lie on several devices, so that one disk may have had the speed of all of them. One device of the target must give that alone.";

    public string Remedy => "Compare the baseline's peaks with what one device of the target gives; spread the disk inside the guest if it needs more.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "vSAN Administration guide, number of disk stripes per object";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (VirtualDisk disk in context.Vm.Disks.Where(disk => disk.Policy?.StripeWidth > 1))
        {
            yield return this.Find(ConcernSeverity.Information, disk.Label,
                $"{disk.Label} has the policy '{disk.Policy!.Name}' with {disk.Policy.StripeWidth} stripes: its figures are those of several devices together.", Remedy);
        }
    }
}
