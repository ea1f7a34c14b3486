using Microsoft.Extensions.Logging;

namespace Migrate.Executor.Jobs;

public sealed partial class Reconciler
{
    [LoggerMessage(501, LogLevel.Information, "{Asked} runs were due and nobody worked on them: asked for their next steps. {Removed} jobs of runs that want none were removed")]
    private static partial void LogReconciled(ILogger logger, int asked, int removed);

    [LoggerMessage(502, LogLevel.Error, "Looking for due runs failed; it is tried again")]
    private static partial void LogReconcilingFailed(ILogger logger, Exception exception);
}
