using Microsoft.Extensions.Logging;

namespace Migrate.Target.Controllers;

internal sealed partial class Subsystem
{
    [LoggerMessage(201, LogLevel.Information, "Controller {Controller} of {SubsystemNqn} connected for host {HostNqn}")]
    private partial void LogConnected(ushort controller, string hostNqn, string subsystemNqn);

    [LoggerMessage(202, LogLevel.Information, "Controller {Controller} of {SubsystemNqn} for host {HostNqn} disconnected")]
    private partial void LogDisconnected(ushort controller, string hostNqn, string subsystemNqn);

    [LoggerMessage(203, LogLevel.Warning, "Controller {Controller} of host {HostNqn} sent nothing for its keep-alive time of {KeepAliveMs} ms; closing its connections")]
    private partial void LogKeepAliveExpired(ushort controller, string hostNqn, uint keepAliveMs);
}
