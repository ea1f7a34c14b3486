using Microsoft.Extensions.Logging;

namespace Migrate.Planner.VSphere.Sessions;

internal sealed partial class ServerLogin
{
    [LoggerMessage(411, LogLevel.Information, "Logged in to {Host}: {Product}, API {Version}")]
    private static partial void LogLoggedIn(ILogger logger, string host, string product, string version);

    [LoggerMessage(412, LogLevel.Information, "The session with {Host} had ended; logged in again")]
    private static partial void LogRenewed(ILogger logger, string host);

    [LoggerMessage(413, LogLevel.Warning, "The session with {Host} could not be kept alive ({Code}): {Reason}")]
    private static partial void LogKeepAliveFailed(ILogger logger, string host, string code, string reason);

    [LoggerMessage(414, LogLevel.Warning, "Logging out of {Host} failed ({Code}): {Reason}; the server ends the session by itself")]
    private static partial void LogLogoutFailed(ILogger logger, string host, string code, string reason);
}
