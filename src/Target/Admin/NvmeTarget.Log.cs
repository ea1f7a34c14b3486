using System.Net;
using Microsoft.Extensions.Logging;

namespace Migrate.Target.Admin;

public sealed partial class NvmeTarget
{
    [LoggerMessage(341, LogLevel.Information, "Host {HostNqn} must authenticate from now on (it can have the controller authenticated: {HasControllerKey})")]
    private partial void LogHostKeysSet(string hostNqn, bool hasControllerKey);

    [LoggerMessage(347, LogLevel.Information, "Host {HostNqn} must come by TLS from now on")]
    private partial void LogTlsKeySet(string hostNqn);

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

    [LoggerMessage(225, LogLevel.Information, "Namespace {Uuid} is granted to {HostNqn}, epoch {Epoch}")]
    private partial void LogGranted(Guid uuid, string hostNqn, long epoch);

    [LoggerMessage(226, LogLevel.Error, "Namespace {Uuid} (NSID {Nsid}) stays offline: {Cause} {Remedy}")]
    private partial void LogBackingProblem(Guid uuid, uint nsid, string cause, string remedy);

    [LoggerMessage(227, LogLevel.Information, "Subsystem {SubsystemNqn} is created")]
    private partial void LogSubsystemCreated(string subsystemNqn);

    [LoggerMessage(228, LogLevel.Information, "Subsystem {SubsystemNqn} is deleted")]
    private partial void LogSubsystemDeleted(string subsystemNqn);

    [LoggerMessage(229, LogLevel.Information, "Hosts or ports of subsystem {SubsystemNqn} are changed")]
    private partial void LogSubsystemChanged(string subsystemNqn);

    [LoggerMessage(230, LogLevel.Information, "ANA group {Group} of {SubsystemNqn} is {State} by port {Port}")]
    private partial void LogAnaSet(uint group, string subsystemNqn, ushort port, AnaState state);

    [LoggerMessage(231, LogLevel.Information, "Host {HostNqn} is drained; its commands ended in time: {InTime}")]
    private partial void LogDrained(string hostNqn, bool inTime);

    [LoggerMessage(232, LogLevel.Information, "Host {HostNqn} may connect again")]
    private partial void LogResumed(string hostNqn);

    [LoggerMessage(233, LogLevel.Information, "Namespace {Uuid} has {CapacityBytes} bytes now")]
    private partial void LogResized(Guid uuid, long capacityBytes);
}
