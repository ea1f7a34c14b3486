using Microsoft.Extensions.Logging;

namespace Migrate.Target.Host;

internal sealed partial class HostQueue
{
    [LoggerMessage(301, LogLevel.Warning, "{Command} on queue {Queue} was not answered within {Timeout}; ending the connection")]
    private partial void LogTimedOut(string command, ushort queue, TimeSpan timeout);

    [LoggerMessage(302, LogLevel.Warning, "Queue {Queue} lost its connection: {Why}")]
    private partial void LogLost(ushort queue, string why);
}
