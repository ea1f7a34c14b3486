using System.Net;
using Microsoft.Extensions.Logging;
using Migrate.Target.Protocol;

namespace Migrate.Target.Controllers;

internal sealed partial class QueuePairSession
{
    [LoggerMessage(211, LogLevel.Warning, "Connection of {Remote} terminated: {What} (FES {Status}, FEI 0x{Information:x})")]
    private partial void LogTerminated(IPEndPoint remote, FatalErrorStatus status, uint information, string what);

    [LoggerMessage(212, LogLevel.Warning, "{Remote} terminated its connection (FES {Status}, FEI 0x{Information:x})")]
    private partial void LogHostTerminated(IPEndPoint remote, FatalErrorStatus status, uint information);

    [LoggerMessage(213, LogLevel.Warning, "Connect of {Remote} refused with status 0x{Status:x}")]
    private partial void LogConnectRefused(IPEndPoint remote, int status);

    [LoggerMessage(214, LogLevel.Error, "Storage of namespace {Uuid} failed with errno {Error}; the command of {HostNqn} gets status 0x{Status:x}")]
    private partial void LogStorageFailed(Guid uuid, int error, string hostNqn, int status);
}
