using System.Net;
using Microsoft.Extensions.Logging;

namespace Migrate.Target.Transport;

internal sealed partial class EventLoop
{
    [LoggerMessage(121, LogLevel.Error, "Connection of {Remote} ended by a defect")]
    private partial void LogDefect(Exception exception, IPEndPoint remote);

    [LoggerMessage(122, LogLevel.Critical, "An event loop met a defect; all its connections end")]
    private partial void LogLoopDefect(Exception exception);

    [LoggerMessage(123, LogLevel.Warning, "Core {Core} cannot be had for an event loop; it runs wherever the system puts it")]
    private partial void LogNotPinned(int core);
}
