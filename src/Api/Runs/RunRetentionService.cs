using Migrate.Executor.Runs;

namespace Migrate.Api.Runs;

/// <summary>Once a day.</summary>
internal sealed partial class RunRetentionService(RunRetention retention, TimeProvider time, ILogger<RunRetentionService> logger) : BackgroundService
{
    private static readonly TimeSpan BetweenPrunings = TimeSpan.FromDays(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await PruneAsync(stoppingToken);
                await Task.Delay(BetweenPrunings, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server is being stopped.
        }
    }

    private async Task PruneAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await retention.PruneAsync(cancellationToken) is > 0 and var runs)
            {
                LogPruned(logger, runs);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogPruneFailed(logger, e);
        }
    }

    [LoggerMessage(614, LogLevel.Information, "Deleted the log and the observations of {Runs} runs that were over for longer than those are kept")]
    private static partial void LogPruned(ILogger logger, int runs);

    [LoggerMessage(615, LogLevel.Warning, "Logs and observations that are older than is kept could not be deleted; tried again in a day")]
    private static partial void LogPruneFailed(ILogger logger, Exception exception);
}
