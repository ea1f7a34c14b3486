using System.Net;
using Microsoft.Extensions.Logging;

namespace Migrate.Target.Admin;

public sealed partial class NvmeTarget
{
    [LoggerMessage(341, LogLevel.Information, "Host {HostNqn} must authenticate from now on (it can have the controller authenticated: {HasControllerKey})")]
    private partial void LogHostKeysSet(string hostNqn, bool hasControllerKey);

    [LoggerMessage(342, LogLevel.Information, "Host {HostNqn} has no secrets any more")]
    private partial void LogHostKeysRemoved(string hostNqn);

    [LoggerMessage(221, LogLevel.Information, "Listening on {EndPoint} as {SubsystemNqn}, namespaces in {Directory}")]
    private partial void LogListening(IPEndPoint endPoint, string subsystemNqn, string directory);

    [LoggerMessage(222, LogLevel.Error, "The last flush of namespace {Uuid} failed with errno {Error}")]
    private partial void LogFlushFailed(Guid uuid, int error);

    [LoggerMessage(223, LogLevel.Information, "Namespace {Uuid} is online as NSID {Nsid}")]
    private partial void LogOnline(Guid uuid, uint nsid);

    [LoggerMessage(224, LogLevel.Information, "Namespace {Uuid} (NSID {Nsid}) is offline")]
    private partial void LogOffline(Guid uuid, uint nsid);

    [LoggerMessage(225, LogLevel.Information, "Namespace {Uuid} is granted to {HostNqn}")]
    private partial void LogGranted(Guid uuid, string hostNqn);

    [LoggerMessage(226, LogLevel.Error, "Namespace {Uuid} (NSID {Nsid}) stays offline: {Cause} {Remedy}")]
    private partial void LogBackingProblem(Guid uuid, uint nsid, string cause, string remedy);
}
