using System.Net;
using Migrate.Executor.Destinations.Commands;
using Migrate.Executor.Destinations.Facts;

namespace Migrate.Executor.Preflight.Paths;

/// <summary>Which paths there are between two machines: pairs of addresses in one network, each direction of which is tried.</summary>
public static class HostPaths
{
    /// <summary>An address of each side, and the interfaces that have them.</summary>
    public sealed record Pair(HostNic Here, IPAddress HereAddress, HostNic There, IPAddress ThereAddress);

    /// <summary>Every pair of addresses whose networks are the same; loopback and link-local ones lead nowhere.</summary>
    public static IReadOnlyList<Pair> Between(IReadOnlyList<HostNic> here, IReadOnlyList<HostNic> there) =>
    [
        .. from mine in Addresses(here)
           from theirs in Addresses(there)
           where mine.Network.Equals(theirs.Network) && !mine.Address.Equals(theirs.Address)
           select new Pair(mine.Nic, mine.Address, theirs.Nic, theirs.Address),
    ];

    /// <summary>Both directions of each pair, each with the MTU of the side that sends.</summary>
    public static async Task<IReadOnlyList<PathResult>> TryAsync(IReadOnlyList<Pair> pairs, IHostCommands here, IHostCommands there, CancellationToken cancellationToken)
    {
        var results = new List<PathResult>();
        foreach (var pair in pairs)
        {
            var name = $"{pair.HereAddress} - {pair.ThereAddress}";
            results.Add(await JumboPath.TryAsync(here, pair.ThereAddress, pair.Here.Mtu, pair.Here.Name, cancellationToken) with { Pair = name });
            results.Add(await JumboPath.TryAsync(there, pair.HereAddress, pair.There.Mtu, pair.There.Name, cancellationToken) with { Pair = name });
        }

        return results;
    }

    /// <summary>The interface of a host that reaches an address without a router; null where it needs one.</summary>
    public static HostNic? NicTo(IReadOnlyList<HostNic> nics, IPAddress address) => Addresses(nics).Where(one => one.Network.Contains(address)).Select(one => one.Nic).FirstOrDefault();

    private static IEnumerable<(HostNic Nic, IPAddress Address, IPNetwork Network)> Addresses(IReadOnlyList<HostNic> nics)
    {
        foreach (var nic in nics)
        {
            foreach (var text in nic.Addresses)
            {
                if (text.Split('/') is [var one, var prefix] && IPAddress.TryParse(one, out var address) && int.TryParse(prefix, out var length)
                    && !IPAddress.IsLoopback(address) && !address.IsIPv6LinkLocal)
                {
                    yield return (nic, address, NetworkOf(address, length));
                }
            }
        }
    }

    private static IPNetwork NetworkOf(IPAddress address, int length)
    {
        var bytes = address.GetAddressBytes();
        for (var bit = length; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }

        return new IPNetwork(new IPAddress(bytes), length);
    }
}
