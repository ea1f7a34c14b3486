using Migrate.Planner.Concerns;

namespace Migrate.Executor.Preflight.Rules;

internal sealed class NicNode : IPreflightRule
{
    public string Id => "net.numa";

    public string Label => "Storage card belongs to a NUMA node";

    public string Finds => "Information when an interface that carries storage traffic belongs to one of several NUMA nodes.";

    public string Assessment => "I/O of a domain on another node crosses the processors' link on its way to the card.";

    public string Remedy => "Pin vCPUs and IOThreads of domains that are sensitive to latency to the card's node.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "Linux, /sys/class/net/*/device/numa_node";

    public IEnumerable<Concern> Judge(PreflightContext context)
    {
        return context.Facts.NumaNodes < 2 ? [] : StorageNics.Of(context).Where(nic => nic.NumaNode is not null)
            .Select(nic => this.Find(ConcernSeverity.Information, nic.Name, $"{nic.Name} of {context.Host} is at NUMA node {nic.NumaNode} of {context.Facts.NumaNodes}."));
    }
}
