namespace Migrate.Planner.Concerns.Rules;

internal sealed class WindowsTooOld : IConcernRule
{
    public string Id => "windows.too-old";

    public string Label => "Windows without current virtio drivers";

    public string Finds => "Critical for Windows before 7 and Server 2008 R2, Warning before 10 and Server 2016: current virtio-win has no drivers for them.";

    public string Assessment => "Current virtio-win has no drivers for this release of Windows: it does not start from the domain's disks.";

    public string Remedy => "Upgrade the guest first, install drivers of an older virtio-win release in it, or give the domain IDE or SATA disks by hand.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "virtio-win release notes";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (GuestName.WindowsAge(context.Vm) is { } age)
        {
            yield return this.Find(age == WindowsAge.NoVirtioScsi ? ConcernSeverity.Critical : ConcernSeverity.Warning, context.Vm.Name,
                $"{Words.Or(context.Vm.GuestFullName, context.Vm.GuestId)}: current virtio-win has no drivers for it{(age == WindowsAge.NoVirtioScsi ? ", and vioscsi never had" : "; an older release has")}.",
                age == WindowsAge.NoVirtioScsi ? "Upgrade the guest first, or give the domain IDE or SATA disks by hand." : "Install drivers of an older virtio-win release in the guest before the move.");
        }
    }
}
