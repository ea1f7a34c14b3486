using Microsoft.Extensions.Logging;

namespace Migrate.Planner.Baselines.Collection;

public sealed partial class BaselineCollector
{
    [LoggerMessage(451, LogLevel.Information, "Polled {Host} for baselines: {Vms} VMs, {Calls} calls, {Samples} new samples, {Gaps} gaps")]
    private static partial void LogRound(ILogger logger, string host, int vms, int calls, int samples, int gaps);

    [LoggerMessage(452, LogLevel.Warning, "Baselines of source {Source} could not be polled ({Code}): {Reason}")]
    private static partial void LogFailed(ILogger logger, Guid source, string code, string reason);
}
