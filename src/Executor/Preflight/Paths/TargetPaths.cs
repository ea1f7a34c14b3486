using System.Net;
using Migrate.Executor.Destinations.Commands;
using Migrate.Executor.Destinations.Facts;
using Migrate.Target.Host;

namespace Migrate.Executor.Preflight.Paths;

/// <summary>Tries what a host needs to reach a target: its ports, the path with packets of the whole MTU, and the names that it is heard of with.</summary>
internal static class TargetPaths
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static async Task<IReadOnlyList<PortResult>> PortsAsync(IHostCommands? from, string host, AskedTarget target, CancellationToken cancellationToken) => from is null
        ? [.. target.Ports.Select(port => new PortResult(host, target.Address.ToString(), port, PortOutcome.NotTried, NoCommands))]
        : await Task.WhenAll(target.Ports.Select(port => PortCheck.TryAsync(from, target.Address.ToString(), port, cancellationToken)));

    /// <summary>Null where the target is on the host itself, whose traffic takes no wire.</summary>
    public static async Task<PathResult?> PathAsync(IHostCommands? from, string host, IReadOnlyList<HostNic> nics, IPAddress address, CancellationToken cancellationToken)
    {
        if (IPAddress.IsLoopback(address) || nics.Any(nic => nic.Addresses.Any(own => IPAddress.TryParse(own.Split('/')[0], out var parsed) && parsed.Equals(address))))
        {
            return null;
        }

        var direct = HostPaths.NicTo(nics, address);
        var nic = direct ?? nics.FirstOrDefault(one => one.DefaultRoute);
        var untried = new PathResult(from?.Where ?? host, address.ToString(), nic?.Name, nic?.Mtu ?? 0, 0, PathOutcome.NotTried, null, "");
        if (from is null || nic is null)
        {
            return untried with { Words = from is null ? NoCommands : "no interface leads there" };
        }

        // By a router the kernel chooses the interface: there may be other routes than the default one.
        return await JumboPath.TryAsync(from, address, nic.Mtu, direct?.Name, cancellationToken);
    }

    /// <summary>What discovery at the target says, asked from this machine; without an answer, why there is none.</summary>
    public static async Task<(IReadOnlyList<string> Nqns, string? Problem)> NqnsAsync(AskedTarget target, TimeProvider time, CancellationToken cancellationToken)
    {
        var problem = "";
        foreach (var port in target.Ports.Reverse())
        {
            var options = new NvmeHostOptions
            {
                EndPoint = new IPEndPoint(target.Address, port),
                SubsystemNqn = NqnCheck.Discovery,
                HostNqn = $"nqn.2014-08.org.nvmexpress:uuid:{Guid.NewGuid()}",
                HostId = Guid.NewGuid(),
                ConnectTimeout = Patience,
            };
            try
            {
                var found = await NvmeHost.DiscoverAsync(options, time, cancellationToken);
                if (found.Where(one => !one.IsDiscovery).Select(one => one.Nqn).Distinct().ToList() is { Count: > 0 } nqns)
                {
                    return (nqns, null);
                }

                problem = $"discovery at {options.EndPoint} names no subsystem to a host that it does not know";
            }
            catch (NvmeException e)
            {
                problem = e.Message.TrimEnd('.');
            }
        }

        return ([], problem);
    }

    private const string NoCommands = "no commands can be run on the host";
}
