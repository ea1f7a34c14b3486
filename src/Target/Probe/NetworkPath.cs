using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using static System.BitConverter;

namespace Migrate.Target.Probe;

/// <summary>What TCP knows of the way to a target after some use of it (Linux, TCP_INFO).</summary>
/// <param name="LocalAddress">Address of this side.</param>
/// <param name="Interface">Network interface with that address; null when it cannot be told.</param>
/// <param name="InterfaceMtu">Its MTU in bytes.</param>
/// <param name="PathMtu">MTU that TCP takes the path to have, in bytes.</param>
/// <param name="SegmentBytes">Data per segment that is sent: what path and target allow.</param>
/// <param name="RoundTripUs">Smoothed round trip time in microseconds.</param>
/// <param name="Retransmissions">Segments sent again on this connection.</param>
/// <param name="Hint">What to change, or null.</param>
public sealed record NetworkPath(
    string LocalAddress, string? Interface, int? InterfaceMtu, int PathMtu, int SegmentBytes, int RoundTripUs, int Retransmissions, string? Hint)
{
    private const int ProtocolTcp = 6;
    private const int TcpInfo = 11;
    private const int StandardMtu = 1500;

    /// <summary>IP and TCP headers, with the time stamp option.</summary>
    private const int HeaderBytes = 60 + 12;

    internal static NetworkPath Of(Socket socket)
    {
        // struct tcp_info of linux/tcp.h: eight bytes of flags, then 32-bit fields.
        var info = new byte[104];
        socket.GetRawSocketOption(ProtocolTcp, TcpInfo, info);
        var (segment, pathMtu, roundTrip, again) = (ToInt32(info, 16), ToInt32(info, 60), ToInt32(info, 68), ToInt32(info, 100));
        var local = ((IPEndPoint)socket.LocalEndPoint!).Address;
        var card = NetworkInterface.GetAllNetworkInterfaces()
            .FirstOrDefault(n => n.GetIPProperties().UnicastAddresses.Any(a => a.Address.Equals(local)));
        var mtu = card is null ? (int?)null : MtuOf(card, local);
        return new NetworkPath(local.ToString(), card?.Name, mtu, pathMtu, segment, roundTrip, again, HintFor(local, mtu, pathMtu, segment, again));
    }

    internal static string? HintFor(IPAddress local, int? mtu, int pathMtu, int segment, int retransmissions)
    {
        if (IPAddress.IsLoopback(local))
        {
            return null;
        }

        if (mtu > StandardMtu && (pathMtu < mtu || segment < mtu - HeaderBytes))
        {
            return $"This side has MTU {mtu}, but only {segment} bytes travel per segment: the target or a switch between has a smaller MTU. Set the same on all of them.";
        }

        if (mtu > StandardMtu && retransmissions > 100)
        {
            return $"{retransmissions} segments had to be sent again: if small transfers go well and large ones hang, a switch drops frames of {mtu} bytes. Check with ping -M do -s {mtu - 28}.";
        }

        return pathMtu <= StandardMtu
            ? "Standard frames (MTU 1500). Jumbo frames (MTU 9000) on this side, the switches and the target spare both machines work at large transfers."
            : null;
    }

    private static int? MtuOf(NetworkInterface card, IPAddress local)
    {
        try
        {
            var properties = card.GetIPProperties();
            return local.AddressFamily == AddressFamily.InterNetworkV6 ? properties.GetIPv6Properties().Mtu : properties.GetIPv4Properties().Mtu;
        }
        catch (NetworkInformationException)
        {
            return null;
        }
    }
}
