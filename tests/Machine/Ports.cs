using System.Net;
using System.Net.Sockets;

namespace Migrate.Tests.Machine;

/// <summary>For programs that must be told where to listen.</summary>
internal static class Ports
{
    /// <summary>One of the loopback where nobody listened a moment ago.</summary>
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
