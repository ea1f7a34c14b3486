namespace Migrate.Planner.Concerns.Rules;

internal sealed class TargetQemuHang : IConcernRule
{
    public string Id => "kvm.qemu-hangs";

    public string Label => "QEMU that hangs with io_uring";

    public string Finds => "Critical when the host's QEMU is 7.1.0, whose IOThreads hang with io_uring.";

    public string Assessment => "In QEMU 7.1.0 IOThreads with io_uring hang, and the guest's I/O with them.";

    public string Remedy => "Upgrade QEMU.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "QEMU issue 1193";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Plan?.Target is { Facts: { } facts } target && facts.Qemu is { Major: 7, Minor: 1, Build: <= 0 } && facts.IoUring?.Usable == true)
        {
            yield return this.Find(ConcernSeverity.Critical, target.Name,
                $"{target.Name} has QEMU 7.1.0, in which IOThreads with io_uring hang.",
                Remedy);
        }
    }
}
