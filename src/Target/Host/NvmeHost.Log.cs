using System.Net;
using Microsoft.Extensions.Logging;

namespace Migrate.Target.Host;

public sealed partial class NvmeHost
{
    [LoggerMessage(303, LogLevel.Warning, "Connection to {EndPoint} lost; connecting again for at most {LossTimeout}")]
    private partial void LogReconnecting(IPEndPoint endPoint, TimeSpan lossTimeout);

    [LoggerMessage(304, LogLevel.Information, "Connected to {EndPoint} again after {Elapsed}, at attempt {Attempt}")]
    private partial void LogReconnected(IPEndPoint endPoint, TimeSpan elapsed, int attempt);

    [LoggerMessage(305, LogLevel.Error, "Connecting to {EndPoint} again is given up: {Why}")]
    private partial void LogGivenUp(IPEndPoint endPoint, string why);
}
