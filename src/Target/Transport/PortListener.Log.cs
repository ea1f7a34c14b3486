using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Migrate.Target.Transport;

internal sealed partial class PortListener
{
    [LoggerMessage(111, LogLevel.Debug, "A host left before its connection was accepted: {Error}")]
    private partial void LogClientLeft(SocketError error);

    [LoggerMessage(112, LogLevel.Error, "Accepting connections fails; next attempt in {BackOff}")]
    private partial void LogAcceptFailed(Exception exception, TimeSpan backOff);

    [LoggerMessage(113, LogLevel.Warning, "Connection of {Remote} refused: there are {Most} already")]
    private partial void LogTooMany(EndPoint? remote, int most);
}
