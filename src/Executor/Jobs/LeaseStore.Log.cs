using Microsoft.Extensions.Logging;

namespace Migrate.Executor.Jobs;

public sealed partial class LeaseStore
{
    [LoggerMessage(511, LogLevel.Warning, "Renewing the lease of run {RunId}, epoch {Epoch}, failed; it is tried again until it expires")]
    private static partial void LogRenewalFailed(ILogger logger, Guid runId, long epoch, Exception exception);

    [LoggerMessage(512, LogLevel.Warning, "Releasing the lease of run {RunId}, epoch {Epoch}, failed; it will expire")]
    private static partial void LogReleaseFailed(ILogger logger, Guid runId, long epoch, Exception exception);
}
