using Microsoft.Extensions.Logging;

namespace Migrate.Planner.VSphere;

public sealed partial class ExportLease
{
    [LoggerMessage(421, LogLevel.Warning, "The export lease of {Vm} missed a heartbeat ({Code}): {Reason}")]
    private static partial void LogMissedBeat(ILogger logger, string vm, string code, string reason);

    [LoggerMessage(422, LogLevel.Warning, "The export lease of {Vm} could not be ended ({Code}): {Reason}; the source ends it by itself")]
    private static partial void LogNotEnded(ILogger logger, string vm, string code, string reason);
}
