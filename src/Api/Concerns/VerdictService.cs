using Migrate.Planner.Concerns;

namespace Migrate.Api.Concerns;

/// <summary>Sees to it that lists of VMs can tell concerns and change rates: soon after a synchronisation, and each hour.</summary>
internal sealed partial class VerdictService(SourceVerdicts verdicts, TimeProvider time, ILogger<VerdictService> logger) : BackgroundService
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMinutes(5);

    // What cannot be judged is not tried at each look.
    private readonly Dictionary<(Guid Source, int Version), DateTimeOffset> _failed = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await LookAsync(stoppingToken);
                await Task.Delay(BetweenLooks, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server is being stopped.
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<(Guid SourceId, int Version)> due = [];
        try
        {
            due = await verdicts.ListDueAsync(cancellationToken);
            foreach (var gone in _failed.Keys.Except(due).ToList())
            {
                _failed.Remove(gone);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogLookFailed(logger, e); // The database may be back at the next look.
        }

        foreach (var (source, version) in due)
        {
            if (_failed.TryGetValue((source, version), out var at) && time.GetUtcNow() - at < AfterFailure)
            {
                continue;
            }

            try
            {
                _failed.Remove((source, version));
                if (await verdicts.KeepAsync(source, version, cancellationToken) is { } written)
                {
                    LogJudged(logger, version, source, written);
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                _failed[(source, version)] = time.GetUtcNow();
                LogFailed(logger, version, source, e);
            }
        }
    }

    [LoggerMessage(686, LogLevel.Debug, "Judged version {Version} of source {Source}; {Vms} VMs have other concerns or change rates than before")]
    private static partial void LogJudged(ILogger logger, int version, Guid source, int vms);

    [LoggerMessage(687, LogLevel.Warning, "Version {Version} of source {Source} could not be judged: lists do not tell concerns and change rates of its VMs; tried again in five minutes")]
    private static partial void LogFailed(ILogger logger, int version, Guid source, Exception exception);

    [LoggerMessage(688, LogLevel.Debug, "It could not be seen which inventories are to be judged")]
    private static partial void LogLookFailed(ILogger logger, Exception exception);
}
