namespace Migrate.Api.Baselines;

internal sealed partial class BaselineService
{
    [LoggerMessage(651, LogLevel.Error, "What is to be collected could not be looked up")]
    private static partial void LogLookFailed(ILogger logger, Exception exception);

    [LoggerMessage(653, LogLevel.Warning, "vSAN's performance service of {Source} could not be read ({Code}): {Reason}")]
    private static partial void LogVsanFailed(ILogger logger, string source, string code, string reason);

    [LoggerMessage(654, LogLevel.Information, "Deleted {Blocks} blocks of collected samples that were older than is kept")]
    private static partial void LogPruned(ILogger logger, int blocks);

    [LoggerMessage(655, LogLevel.Warning, "Collected samples that are older than is kept could not be deleted; tried again in a day")]
    private static partial void LogPruneFailed(ILogger logger, Exception exception);

    [LoggerMessage(652, LogLevel.Debug, "Polling {Source} failed ({Code})")]
    private static partial void LogPollFailed(ILogger logger, string source, string code, Exception exception);
}
