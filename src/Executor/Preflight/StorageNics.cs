using System.Net;
using Migrate.Executor.Destinations.Facts;
using Migrate.Executor.Preflight.Paths;

namespace Migrate.Executor.Preflight;

/// <summary>The interfaces of a host that carry storage traffic: those that paths or ports of targets were tried through. Nobody guesses others.</summary>
internal static class StorageNics
{
    public static IReadOnlyList<HostNic> Of(PreflightContext context) =>
    [
        .. context.Ports.Select(port => port.Address).Concat(context.Paths.Where(path => path.Interface is not null).Select(path => path.Address))
            .Select(address => IPAddress.TryParse(address, out var parsed) && !IPAddress.IsLoopback(parsed) ? HostPaths.NicTo(context.Facts.Nics, parsed) : null).OfType<HostNic>().Distinct(),
    ];
}
