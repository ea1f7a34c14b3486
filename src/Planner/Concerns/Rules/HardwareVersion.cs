namespace Migrate.Planner.Concerns.Rules;

internal sealed class HardwareVersion : IConcernRule
{
    public string Id => "vm.hardware-version";

    public string Label => "Old virtual hardware";

    public string Finds => "Warning for hardware before version 7, which has no changed block tracking.";

    public string Assessment => "Hardware before version 7 has no changed block tracking, and its guest is likely older than virtio.";

    public string Remedy => "Move it cold, and check that the guest has virtio drivers.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "Broadcom KB 1031873 (change tracking needs hardware version 7)";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if ((context.Vm.ChangeTrackingSupported == false || context.Vm.HardwareVersion is "vmx-03" or "vmx-04" or "vmx-06"))
        {
            yield return this.Find(ConcernSeverity.Warning, context.Vm.Name,
                $"The VM's hardware ({Words.Or(context.Vm.HardwareVersion, "version not told")}) has no changed block tracking, and its guest is likely older than virtio.",
                Remedy);
        }
    }
}
