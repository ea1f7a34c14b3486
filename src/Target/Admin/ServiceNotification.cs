using System.Net.Sockets;

namespace Migrate.Target.Admin;

/// <summary>Tells systemd (sd_notify, Type=notify) how far the service is; without systemd nothing happens.</summary>
public static class ServiceNotification
{
    /// <summary>It serves now.</summary>
    public static void Ready() => Send("READY=1");

    /// <summary>It was told to end, and is at that.</summary>
    public static void Stopping() => Send("STOPPING=1");

    private static void Send(string state)
    {
        if (Environment.GetEnvironmentVariable("NOTIFY_SOCKET") is not { Length: > 0 } path)
        {
            return;
        }

        // A leading @ stands for the NUL of an abstract address.
        var address = new UnixDomainSocketEndPoint(path[0] == '@' ? "\0" + path[1..] : path);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        try
        {
            socket.SendTo(System.Text.Encoding.ASCII.GetBytes(state), address);
        }
        catch (SocketException)
        {
            // Who does not listen need not know.
        }
    }
}
