using System.Collections.Concurrent;
using Migrate.Executor.Sources;
using Migrate.Planner;
using Migrate.Planner.Baselines.Collection;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere;

namespace Migrate.Api.Baselines;

/// <summary>
/// Polls sources while this server runs. What is due, and from where a VM goes on, is in the database; this only looks at the clock.
/// Sources are polled beside one another, so that one that hangs does not cost another its samples.
/// </summary>
internal sealed partial class BaselineService(
    BaselineWatches watches, BaselineCollector collector, VsanCollector vsan, BaselineRetention retention, SourceAccess access, TimeProvider time, ILogger<BaselineService> logger) : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(20);
    /// <summary>A poll that takes longer is given up; the next goes on at the watermark.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>What is too old goes in small parts, so that no day has much to delete.</summary>
    private static readonly TimeSpan BetweenPrunings = TimeSpan.FromHours(24);

    private DateTimeOffset _pruneAt = DateTimeOffset.MinValue;
    private readonly CollectionSchedule _schedule = new(time, Random.Shared);
    private readonly Lock _scheduling = new();
    private readonly ConcurrentDictionary<Guid, bool> _polling = new();
    private readonly ConcurrentDictionary<Guid, (CollectionRound Round, int MetricsPerQuery)> _last = new();
    private readonly ConcurrentDictionary<Guid, bool> _woken = new();
    private readonly SemaphoreSlim _wake = new(0, 1);

    /// <summary>The last poll of the source since this server was started.</summary>
    public (CollectionRound Round, int MetricsPerQuery)? LastOf(Guid source) => _last.TryGetValue(source, out var last) ? last : null;

    /// <summary>Looks at once: something new is to be collected, whose samples are fading.</summary>
    public void Wake(Guid source)
    {
        _woken[source] = true; // A poll that is under way does not know what is new: another follows it.
        lock (_scheduling)
        {
            _schedule.Forget(source);
        }

        Look();
    }

    private void Look()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake already.
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var polls = new List<Task>();
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                polls.RemoveAll(poll => poll.IsCompleted);
                polls.AddRange(await StartDueAsync(stoppingToken));
                if (polls.Count == 0 || time.GetUtcNow() - _pruneAt > BetweenPrunings * 2)
                {
                    await PruneAsync(stoppingToken);
                }

                await _wake.WaitAsync(Tick, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server is being stopped.
        }

        await Task.WhenAll(polls);
    }

    /// <summary>Between polls where that can be: both write to the same tables.</summary>
    private async Task PruneAsync(CancellationToken cancellationToken)
    {
        if (time.GetUtcNow() < _pruneAt)
        {
            return;
        }

        _pruneAt = time.GetUtcNow() + BetweenPrunings;
        try
        {
            if (await retention.PruneAsync(cancellationToken) is > 0 and var blocks)
            {
                LogPruned(logger, blocks);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogPruneFailed(logger, e);
        }
    }

    private async Task<IReadOnlyList<Task>> StartDueAsync(CancellationToken cancellationToken)
    {
        try
        {
            var sources = (await watches.SourcesAsync(cancellationToken)).ToDictionary(source => source.Id);
            IReadOnlyList<Guid> due;
            lock (_scheduling)
            {
                due = _schedule.TakeDue(sources.Keys);
            }

            return [.. due.Where(id => _polling.TryAdd(id, true)).Select(id => StartAsync(sources[id], cancellationToken))];
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogLookFailed(logger, e);
            return [];
        }
    }

    private Task StartAsync(Source source, CancellationToken cancellationToken)
    {
        _woken.TryRemove(source.Id, out _);
        return PollAsync(source, cancellationToken);
    }

    private async Task PollAsync(Source source, CancellationToken stopping)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(Patience);
        var done = false;
        try
        {
            await using var session = await access.OpenAsync(source, limit.Token);
            var round = await collector.CollectAsync(source.Id, session, limit.Token);
            _last[source.Id] = (round, session.MetricsPerQuery);
            done = true;
            await VsanAsync(source, session, limit.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Goes on at the watermark after the next start.
        }
        catch (Exception e)
        {
            await RecordAsync(source, e as MigrateException ?? new MigrateException(
                "baseline.poll-failed", e is OperationCanceledException ? $"The poll took longer than {Patience.TotalMinutes:0} minutes." : $"The poll ended in a defect: {e.Message}", "See the server's log.", e));
        }
        finally
        {
            lock (_scheduling)
            {
                if (done)
                {
                    _schedule.Succeeded(source.Id);
                }
                else
                {
                    _schedule.Failed(source.Id);
                }
            }

            _polling.TryRemove(source.Id, out _);
            if (_woken.ContainsKey(source.Id))
            {
                lock (_scheduling)
                {
                    _schedule.Forget(source.Id);
                }

                Look();
            }
        }
    }

    /// <summary>Its means stay at the source for months: what goes wrong is tried again, and is no failure of the poll.</summary>
    private async Task VsanAsync(Source source, VSphereSession session, CancellationToken cancellationToken)
    {
        try
        {
            await vsan.CollectAsync(source.Id, session, cancellationToken);
        }
        catch (MigrateException e)
        {
            LogVsanFailed(logger, source.Name, e.Code, e.Message);
        }
    }

    private async Task RecordAsync(Source source, MigrateException failure)
    {
        try
        {
            LogPollFailed(logger, source.Name, failure.Code, failure);
            await collector.RecordFailureAsync(source.Id, failure, CancellationToken.None);
        }
        catch (Exception e)
        {
            LogLookFailed(logger, e);
        }
    }
}
