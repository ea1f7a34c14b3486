namespace Migrate.Planner.Concerns.Rules;

internal sealed class GuestNotInspected : IConcernRule
{
    public string Id => "guest.not-inspected";

    public string Label => "Inside of the guest not judged";

    public string Finds => "Information for every VM with disks: what can only be seen inside the guest is not judged.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "virt-v2v and Forklift's deep inspection look into the disks; rules of Migrate do not";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.Disks.Count > 0)
        {
            yield return this.Find(ConcernSeverity.Information, context.Vm.Name,
                "Not judged, since nobody looked inside: fstab and crypttab by device path, initial RAM disk without virtio, resume and hibernation, multipath and LVM device files by WWN, dynamic disks, BitLocker, backup agents and virus scanners.",
                "Let the owner of the guest go through this list before the wave, or try the move with a clone of the VM.");
        }
    }
}
