using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Migrate.Executor.Destinations;
using Migrate.Executor.Destinations.Facts;
using Migrate.Executor.Preflight.Paths;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Attachments;

/// <summary>Which addresses a KVM host reaches the target at: those that an operator named, else what follows from where the target listens.</summary>
public static class TargetAddresses
{
    /// <summary>As a host's row keeps them.</summary>
    public static IReadOnlyList<IPEndPoint> Told(KvmHost host) =>
        [.. host.TargetAddresses.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(one => AskedTarget.Parse(one, [])).OfType<AskedTarget>().Select(one => new IPEndPoint(one.Address, one.Port))];

    /// <summary>What a host's row keeps of them.</summary>
    public static string Kept(IEnumerable<AskedTarget> asked) => string.Join(',', asked.Select(one => new IPEndPoint(one.Address, one.Port).ToString()).Distinct());

    /// <param name="host">Which host.</param>
    /// <param name="listens">Where the target listens.</param>
    /// <param name="isHere">Whether that is in this process, so that its addresses are those of this machine.</param>
    /// <param name="hostNics">Of the host, as far as they are known.</param>
    /// <param name="ownAddresses">Of this machine.</param>
    /// <exception cref="MigrateException"><c>host.target-address</c>: there is none.</exception>
    public static TargetWays Of(KvmHost host, IPEndPoint listens, bool isHere, IReadOnlyList<HostNic> hostNics, IReadOnlyList<IPAddress> ownAddresses)
    {
        if (Told(host) is { Count: > 0 } told)
        {
            return new TargetWays(told, All: true);
        }

        var address = listens.Address.IsIPv4MappedToIPv6 ? listens.Address.MapToIPv4() : listens.Address;
        if (IPAddress.IsLoopback(address) && !HostProbe.IsThisMachine(host.Uri))
        {
            throw None(host, $"it listens on {address} only, which on another machine is that machine itself", "Let it listen on an address of the storage network (migrate serve --target-listen)");
        }

        if (!IPAddress.Any.Equals(address) && !IPAddress.IPv6Any.Equals(address))
        {
            return new TargetWays([new IPEndPoint(address, listens.Port)], All: false);
        }

        // Where it listens on all addresses: those in a network of the host's are nearest, the others may be reached by a router.
        List<IPAddress> own = isHere ? [.. ownAddresses.Where(one => address.AddressFamily == AddressFamily.InterNetworkV6 || one.AddressFamily == AddressFamily.InterNetwork)] : [];
        return own.Count > 0
            ? new TargetWays([.. own.OrderBy(one => HostPaths.NicTo(hostNics, one) is null).Select(one => new IPEndPoint(one, listens.Port))], All: false)
            : throw None(host, "it listens on all addresses of its machine, which are not known here", "Name one");
    }

    /// <summary>Addresses of this machine that others may reach it by.</summary>
    public static IReadOnlyList<IPAddress> OfThisMachine() =>
    [
        .. NetworkInterface.GetAllNetworkInterfaces().Where(one => one.OperationalStatus == OperationalStatus.Up && one.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .SelectMany(one => one.GetIPProperties().UnicastAddresses).Select(one => one.Address).Where(one => !one.IsIPv6LinkLocal && !IPAddress.IsLoopback(one)),
    ];

    private static MigrateException None(KvmHost host, string why, string remedy) => new(
        "host.target-address", $"It is not known at which address the host '{host.Name}' reaches the target: {why}.", $"{remedy}, or add the host with --target ADDRESS[:PORT].");
}
