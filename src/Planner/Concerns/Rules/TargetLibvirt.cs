namespace Migrate.Planner.Concerns.Rules;

internal sealed class TargetLibvirt : IConcernRule
{
    public string Id => "kvm.queue-mapping";

    public string Label => "No queues over several IOThreads";

    public string Finds => "Information when libvirt is older than 11.2 or QEMU than 10.0: a controller's queues share one IOThread.";

    public string Assessment => "libvirt and QEMU of this age serve a disk controller by one IOThread: about one CPU is the limit of its I/O.";

    public string Remedy => "Upgrade to libvirt 11.2 and QEMU 10.0, or spread hot disks over controllers.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "libvirt 11.2 and QEMU 10.0 release notes (virtio-scsi iothread mapping)";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Plan?.Target is { Facts: { } facts } target && (facts.Libvirt < new Version(11, 2) || facts.Qemu < new Version(10, 0)) && context.Vm.CpuCount > 1)
        {
            yield return this.Find(ConcernSeverity.Information, target.Name,
                $"{target.Name} has libvirt {facts.Libvirt} and QEMU {facts.Qemu}, which serve a disk controller by one IOThread: about one CPU is the limit of its I/O.",
                Remedy);
        }
    }
}
