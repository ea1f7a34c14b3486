using Migrate.Planner.Concerns;

namespace Migrate.Executor.Preflight.Rules;

internal sealed class LibvirtFloor : IPreflightRule
{
    public string Id => "kvm.libvirt-version";

    public string Label => "libvirt too old";

    public string Finds => "Critical when libvirt is older than 5.2, Warning when it is older than 6.3.";

    public string Assessment => "Domains are defined with firmware chosen by libvirt itself, which came with 5.2, and disks with io_uring, which came with 6.3: an older libvirt refuses the first and gets native AIO in place of the second.";

    public string Remedy => "Upgrade libvirt (11.2 or later also spreads a disk's queues over IOThreads).";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "libvirt, formatdomain: firmware autoselection since 5.2.0, io='io_uring' since 6.3.0";

    public bool CanBeOverridden => false;

    public IEnumerable<Concern> Judge(PreflightContext context)
    {
        if (context.Facts.Libvirt < Firmware)
        {
            yield return this.Find(ConcernSeverity.Critical, context.Host, $"{context.Host} has libvirt {context.Facts.Libvirt}; {Firmware} is the oldest that the domains can be defined with.");
        }
        else if (context.Facts.Libvirt < IoUring)
        {
            yield return this.Find(ConcernSeverity.Warning, context.Host, $"{context.Host} has libvirt {context.Facts.Libvirt}, which knows no io_uring: disks get native AIO.");
        }
    }

    private static readonly Version Firmware = new(5, 2);
    private static readonly Version IoUring = new(6, 3);
}
