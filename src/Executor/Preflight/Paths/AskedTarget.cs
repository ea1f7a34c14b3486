using System.Net;
using System.Net.Sockets;

namespace Migrate.Executor.Preflight.Paths;

/// <summary>A target that a host is to reach, as an operator names it.</summary>
public sealed record AskedTarget(IPAddress Address, int Port)
{
    public const int IoPort = 4420;
    public const int DiscoveryPort = 8009;

    /// <summary>A target at its usual port has its discovery at the usual one, too.</summary>
    public IReadOnlyList<int> Ports => Port == IoPort ? [IoPort, DiscoveryPort] : [Port];

    /// <summary>Null where <paramref name="text"/> is no ADDRESS[:PORT] that a host could connect to, with the problems.</summary>
    public static AskedTarget? Parse(string text, List<string> problems)
    {
        // A name may mean another address on the host than here, and each address is a path of its own.
        if (!IPEndPoint.TryParse(text, out var endPoint) || (endPoint.AddressFamily == AddressFamily.InterNetwork && text.Count(c => c == '.') != 3))
        {
            problems.Add($"'{text}' is no IP address, with :PORT behind it if that is not {IoPort} (IPv6 with a port in brackets); names are not resolved");
            return null;
        }

        if (IPAddress.Any.Equals(endPoint.Address) || IPAddress.IPv6Any.Equals(endPoint.Address) || IPAddress.Broadcast.Equals(endPoint.Address)
            || endPoint.Address.IsIPv6Multicast || (endPoint.AddressFamily == AddressFamily.InterNetwork && endPoint.Address.GetAddressBytes()[0] is >= 224 and < 240))
        {
            problems.Add($"{endPoint.Address} is not the address of one machine");
            return null;
        }

        if (endPoint.Address.IsIPv6LinkLocal)
        {
            problems.Add($"{endPoint.Address} is a link-local address, which means another machine on each interface");
            return null;
        }

        return new AskedTarget(endPoint.Address, endPoint.Port == 0 ? IoPort : endPoint.Port);
    }
}
