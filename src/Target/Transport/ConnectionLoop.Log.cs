using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Migrate.Target.Transport;

internal sealed partial class ConnectionLoop
{
    [LoggerMessage(346, LogLevel.Warning, "Connection of {Remote} closed: {Why}")]
    private partial void LogTlsFailed(IPEndPoint remote, string why);

    [LoggerMessage(101, LogLevel.Error, "Connection of {Remote} ended by a defect")]
    private partial void LogDefect(Exception exception, IPEndPoint remote);

    [LoggerMessage(102, LogLevel.Warning, "Connection of {Remote} ended: {Error}")]
    private partial void LogReceiveFailed(SocketError error, IPEndPoint remote);

    [LoggerMessage(103, LogLevel.Information, "{Remote} did not connect to the subsystem within {Timeout}; ending its connection")]
    private partial void LogNeverConnected(IPEndPoint remote, TimeSpan timeout);
}
