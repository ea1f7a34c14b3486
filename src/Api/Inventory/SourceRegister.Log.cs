namespace Migrate.Api.Inventory;

internal sealed partial class SourceRegister
{
    [LoggerMessage(640, LogLevel.Information, "Source {Source}: {Versions} old inventory versions are no longer kept; {Rows} states went with them")]
    private static partial void LogPruned(ILogger logger, string source, int versions, int rows);

    [LoggerMessage(641, LogLevel.Warning, "Source {Source}: old inventory versions could not be removed; it is tried again after the next synchronisation")]
    private static partial void LogPruneFailed(ILogger logger, string source, Exception exception);
}
