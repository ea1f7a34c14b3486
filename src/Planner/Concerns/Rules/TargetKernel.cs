namespace Migrate.Planner.Concerns.Rules;

internal sealed class TargetKernel : IConcernRule
{
    public string Id => "kvm.kernel";

    public string Label => "Kernel with young io_uring";

    public string Finds => "Warning when the host's kernel is older than 5.15: its io_uring has hung with LVM and ZFS.";

    public string Assessment => "io_uring of kernels before 5.13 has hung with LVM and ZFS; it is taken for mature from 5.15 on.";

    public string Remedy => "Upgrade the kernel.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "LXD issue 10061 and pull request 10064 (io_uring from kernel 5.13 on)";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Plan?.Target is { Facts: { } facts } target && facts.KernelVersion is { } kernel && kernel < new Version(5, 15))
        {
            yield return this.Find(ConcernSeverity.Warning, target.Name,
                $"{target.Name} runs kernel {facts.Kernel}. io_uring before 5.13 has hung with LVM and ZFS, and is taken for mature from 5.15 on.",
                Remedy);
        }
    }
}
