using Microsoft.Extensions.Logging;

namespace Migrate.Planner.VSphere;

public sealed partial class VSphereSession
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Logged in to {Host}: {Product}, API {Version}")]
    private static partial void LogLoggedIn(ILogger logger, string host, string product, string version);

    [LoggerMessage(Level = LogLevel.Information, Message = "The session with {Host} had ended; logged in again")]
    private static partial void LogRenewed(ILogger logger, string host);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The session with {Host} could not be kept alive ({Code}): {Reason}")]
    private static partial void LogKeepAliveFailed(ILogger logger, string host, string code, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Logging out of {Host} failed ({Code}): {Reason}; the server ends the session by itself")]
    private static partial void LogLogoutFailed(ILogger logger, string host, string code, string reason);
}
