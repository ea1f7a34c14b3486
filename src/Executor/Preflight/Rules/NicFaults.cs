using Migrate.Planner.Concerns;

namespace Migrate.Executor.Preflight.Rules;

internal sealed class NicFaults : IPreflightRule
{
    public string Id => "net.errors";

    public string Label => "Network interface counts errors";

    public string Finds => "Warning when more than one in 100,000 packets of an interface was an error, or any had a wrong checksum.";

    public string Assessment => "Errors on the wire are packets sent again: latency of milliseconds where microseconds are expected.";

    public string Remedy => "Look at cable, transceiver and switch port (ethtool -S), and check again after some traffic.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "Linux, /sys/class/net/*/statistics";

    public IEnumerable<Concern> Judge(PreflightContext context)
    {
        foreach (var nic in context.Facts.Nics.Where(nic => nic.Kind is "physical" or "bond"))
        {
            var (errors, packets) = (nic.Errors.RxErrors + nic.Errors.TxErrors, nic.Errors.RxPackets + nic.Errors.TxPackets);
            if (nic.Errors.RxCrc > 0 || errors * Rare > packets)
            {
                yield return this.Find(ConcernSeverity.Warning, nic.Name, $"{nic.Name} of {context.Host} counted {nic.Errors.RxErrors} receive errors ({nic.Errors.RxCrc} of checksums) and {nic.Errors.TxErrors} send errors in {packets} packets.");
            }
        }
    }

    private const long Rare = 100_000;
}
