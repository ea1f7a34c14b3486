namespace Migrate.Planner.Concerns.Rules;

internal sealed class TargetIoUringBlocked : IConcernRule
{
    public string Id => "kvm.io-uring";

    public string Label => "io_uring is not to be had";

    public string Finds => "Information when the host's kernel does not let QEMU make an io_uring: disks use native AIO.";

    public string Assessment => "Disks are opened with native AIO instead, which costs more CPU per I/O.";

    public string Remedy => "Set kernel.io_uring_disabled to 0, or accept it.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "Linux sysctl kernel.io_uring_disabled; seccomp filters; RHEL 9 before 9.8";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Plan?.Target is { Facts: { } facts } target && facts.IoUring is { Usable: false } uring)
        {
            yield return this.Find(ConcernSeverity.Information, target.Name,
                $"QEMU on {target.Name} cannot use io_uring ({uring.Detail}); disks are opened with native AIO, which costs more CPU per I/O.",
                Remedy);
        }
    }
}
