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

    [LoggerMessage(343, LogLevel.Error, "Connect of {Remote} cannot be answered")]
    private partial void LogConnectFailed(Exception cause, IPEndPoint remote);

    [LoggerMessage(344, LogLevel.Information, "Host {HostNqn} authenticated on queue {Queue} by {Chosen} (controller authenticated, too: {IsMutual})")]
    private partial void LogAuthenticated(string hostNqn, ushort queue, string chosen, bool isMutual);

    [LoggerMessage(345, LogLevel.Warning, "Authentication of host {HostNqn} at {Remote} on queue {Queue} failed: {Why}")]
    private partial void LogAuthenticationFailed(string hostNqn, IPEndPoint remote, ushort queue, string why);

    [LoggerMessage(214, LogLevel.Error, "Storage of namespace {Uuid} failed with errno {Error}; the command of {HostNqn} gets status 0x{Status:x}")]
    private partial void LogStorageFailed(Guid uuid, int error, string hostNqn, int status);

    [LoggerMessage(215, LogLevel.Error, "A defect failed a command (opcode 0x{Opcode:x2}) of {HostNqn}")]
    private partial void LogCommandDefect(Exception exception, byte opcode, string hostNqn);

    [LoggerMessage(216, LogLevel.Error, "A change of the reservations of namespace {Uuid} by {HostNqn} could not be written, and was refused")]
    private partial void LogReservationNotKept(Exception exception, Guid uuid, string hostNqn);
}
