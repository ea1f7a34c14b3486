using Migrate.Planner.Persistence;

namespace Migrate.Api.Operations;

internal sealed partial class OperationRunner
{
    [LoggerMessage(690, LogLevel.Information, "Operation {Id}, {Kind} of {Subject}, ended: {State}")]
    private static partial void LogEnded(ILogger logger, Guid id, OperationKind kind, string subject, OperationState state);

    [LoggerMessage(691, LogLevel.Error, "Operation {Id}, {Kind} of {Subject}, failed")]
    private static partial void LogDefect(ILogger logger, Guid id, OperationKind kind, string subject, Exception exception);

    [LoggerMessage(692, LogLevel.Warning, "What came of operation {Id} could not be stored; tried again")]
    private static partial void LogNotStored(ILogger logger, Guid id, Exception exception);
}
