using Microsoft.Extensions.Logging;

namespace Migrate.Target.Controllers;

internal sealed partial class Subsystem
{
    [LoggerMessage(201, LogLevel.Information, "Controller {Controller} connected for host {HostNqn} (discovery: {IsDiscovery})")]
    private partial void LogConnected(ushort controller, string hostNqn, bool isDiscovery);

    [LoggerMessage(202, LogLevel.Information, "Controller {Controller} of host {HostNqn} disconnected")]
    private partial void LogDisconnected(ushort controller, string hostNqn);

    [LoggerMessage(203, LogLevel.Warning, "Controller {Controller} of host {HostNqn} sent nothing for its keep-alive time of {KeepAliveMs} ms; closing its connections")]
    private partial void LogKeepAliveExpired(ushort controller, string hostNqn, uint keepAliveMs);
}
