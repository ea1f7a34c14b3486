using Microsoft.Extensions.Logging;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs;

public sealed partial class RunStepper
{
    [LoggerMessage(521, LogLevel.Information, "Run {RunId} of {VmName}: {Before} is done, now {Next}")]
    private static partial void LogPhase(ILogger logger, Guid runId, string vmName, RunPhase before, RunPhase next);

    [LoggerMessage(522, LogLevel.Warning, "Run {RunId}: the lease of epoch {Epoch} is lost, its worker stops")]
    private static partial void LogLeaseLost(ILogger logger, Guid runId, long epoch);

    [LoggerMessage(523, LogLevel.Warning, "Run {RunId} of {VmName} in {Phase}: {Code}, tried again in {Wait}")]
    private static partial void LogPostponed(
        ILogger logger, Guid runId, string vmName, RunPhase phase, string code, TimeSpan wait, Exception exception);

    [LoggerMessage(524, LogLevel.Error, "Run {RunId} of {VmName} failed in {Phase}: {Code}: {Reason}")]
    private static partial void LogFailed(ILogger logger, Guid runId, string vmName, RunPhase phase, string code, string reason);

    [LoggerMessage(525, LogLevel.Critical, "A defect stopped run {RunId} of {VmName} in {Phase}")]
    private static partial void LogDefect(ILogger logger, Guid runId, string vmName, RunPhase phase, Exception exception);

    [LoggerMessage(526, LogLevel.Information, "Run {RunId} of {VmName}: {Request} in {Phase}")]
    private static partial void LogRequest(ILogger logger, Guid runId, string vmName, RunRequest request, RunPhase phase);

    [LoggerMessage(533, LogLevel.Warning, "Run {RunId} of {VmName} in {Phase}: what became of its step could not be stored; it is done again when the database is back")]
    private static partial void LogUnsaid(ILogger logger, Guid runId, string vmName, RunPhase phase, Exception exception);
}
