using Migrate.Executor.Preflight.Paths;
using Migrate.Planner.Concerns;
using System.Net;

namespace Migrate.Executor.Preflight.Rules;

internal sealed class StorageRoute : IPreflightRule
{
    public string Id => "net.route";

    public string Label => "Storage traffic shares or crosses networks";

    public string Finds => "Warning when an interface that carries storage traffic also has the default route, Information when a target is reached through a router.";

    public string Assessment => "Management traffic and storage disturb each other; a router adds latency, and an MTU of its own.";

    public string Remedy => "Give storage a network of its own (a VLAN will do) that both ends are in.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "NVMe/TCP can be routed; storage networks are kept apart by custom of the trade";

    public IEnumerable<Concern> Judge(PreflightContext context)
    {
        foreach (var nic in StorageNics.Of(context).Where(nic => nic.DefaultRoute))
        {
            yield return this.Find(ConcernSeverity.Warning, nic.Name, $"{nic.Name} of {context.Host} carries storage traffic and the default route.");
        }

        foreach (var address in context.Ports.Select(port => port.Address).Distinct().Where(address => IPAddress.TryParse(address, out var parsed) && !IPAddress.IsLoopback(parsed) && HostPaths.NicTo(context.Facts.Nics, parsed) is null))
        {
            yield return this.Find(ConcernSeverity.Information, address, $"No interface of {context.Host} is in the network of {address}: it is reached through a router.");
        }
    }
}
