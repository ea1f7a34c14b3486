using System.Net.Sockets;

namespace Migrate.Target.Transport;

/// <summary>What both engines ask of a host's connection.</summary>
internal static class SocketSettings
{
    private static readonly TimeSpan TcpKeepAlive = TimeSpan.FromSeconds(60);

    public static void Apply(Socket socket)
    {
        socket.NoDelay = true;
        // A host may turn NVMe's keep-alive off; when its machine dies without a word, TCP still finds out.
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, (int)TcpKeepAlive.TotalSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, (int)TcpKeepAlive.TotalSeconds / 4);
    }
}
