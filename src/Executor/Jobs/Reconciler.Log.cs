using Microsoft.Extensions.Logging;

namespace Migrate.Executor.Jobs;

public sealed partial class Reconciler
{
    [LoggerMessage(501, LogLevel.Information, "{Count} runs are due and nobody works on them: asked for their next steps")]
    private static partial void LogReconciled(ILogger logger, int count);

    [LoggerMessage(502, LogLevel.Error, "Looking for due runs failed; it is tried again")]
    private static partial void LogReconcilingFailed(ILogger logger, Exception exception);
}
