using Migrate.Planner.Concerns;

namespace Migrate.Executor.Preflight.Rules;

internal sealed class QemuFloor : IPreflightRule
{
    public string Id => "kvm.qemu-version";

    public string Label => "QEMU too old";

    public string Finds => "Critical when QEMU is older than 4.0, Warning when it is older than 5.2.";

    public string Assessment => "Latencies are measured by histograms that came with QEMU 4.0, as did discard and write zeroes of virtio-blk. Before 5.0 there is no io_uring, and before 5.2 a disk controller has one queue unless it is told otherwise.";

    public string Remedy => "Upgrade QEMU (10.0 or later also spreads a controller's queues over IOThreads).";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "QEMU: block-latency-histogram-set (4.0), aio=io_uring (5.0), num-queues by vCPUs (hw_compat_5_1)";

    public bool CanBeOverridden => false;

    public IEnumerable<Concern> Judge(PreflightContext context)
    {
        if (context.Facts.DomainTypes.Count == 0)
        {
            yield break; // Another driver than QEMU's counts otherwise.
        }

        if (context.Facts.Qemu < Histograms)
        {
            yield return this.Find(ConcernSeverity.Critical, context.Host, $"{context.Host} has QEMU {context.Facts.Qemu}; {Histograms} is the oldest that can be used.");
        }
        else if (context.Facts.Qemu < Queues)
        {
            yield return this.Find(ConcernSeverity.Warning, context.Host, $"{context.Host} has QEMU {context.Facts.Qemu}, whose disks are slower than those of {Queues} and later.");
        }
    }

    private static readonly Version Histograms = new(4, 0);
    private static readonly Version Queues = new(5, 2);
}
