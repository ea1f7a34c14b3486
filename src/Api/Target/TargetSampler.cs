using Migrate.Executor.Targets;
using Migrate.Target.Admin;
using Migrate.Target.AdminApi;

namespace Migrate.Api.Target;

/// <summary>Reads the target's sums every few seconds and keeps the last two readings: what they differ by are the rates of now, for everybody who asks.</summary>
internal sealed partial class TargetSampler(ITargetWatch target, TimeProvider time, ILogger<TargetSampler> log) : BackgroundService
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly StatisticsViews Nothing = new(new Dictionary<Guid, StatisticsView>(), new Dictionary<string, StatisticsView>());

    private volatile Readings _readings = new(null, null);

    public TargetStatisticsView Read()
    {
        var (before, now) = _readings;
        var seconds = Seconds(before, now);
        var whole = new TargetRates();
        List<NamespaceActivityView> namespaces = [];
        foreach (var (uuid, sums) in (now?.Sums ?? Nothing).Namespaces)
        {
            var earlier = before?.Sums.Namespaces.GetValueOrDefault(uuid);
            whole.Add(earlier, sums);
            namespaces.Add(new NamespaceActivityView(uuid, Of(earlier, sums, seconds)));
        }

        return new TargetStatisticsView(
            before?.At, now?.At, seconds, whole.View(seconds), [.. namespaces.OrderByDescending(x => x.Activity.Iops).ThenBy(x => x.Uuid).Take(Paging.Largest)]);
    }

    /// <summary>Of each host that is known, by NQN.</summary>
    public IReadOnlyDictionary<string, ActivityView> ReadHosts()
    {
        var (before, now) = _readings;
        var seconds = Seconds(before, now);
        return (now?.Sums ?? Nothing).Hosts.ToDictionary(x => x.Key, x => Of(before?.Sums.Hosts.GetValueOrDefault(x.Key), x.Value, seconds));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                var reading = new Reading(time.GetUtcNow().UtcDateTime, time.GetTimestamp(), await target.ReadStatisticsAsync(stoppingToken));
                _readings = new Readings(_readings.Now, reading);
            }
            catch (TargetException e)
            {
                // Two readings with a gap between them would say nothing of now.
                _readings = new Readings(null, null);
                LogNotRead(log, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private double Seconds(Reading? before, Reading? now) => before is null || now is null ? 0 : time.GetElapsedTime(before.Ticks, now.Ticks).TotalSeconds;

    private static ActivityView Of(StatisticsView? before, StatisticsView now, double seconds)
    {
        var rates = new TargetRates();
        rates.Add(before, now);
        return rates.View(seconds);
    }

    private sealed record Reading(DateTime At, long Ticks, StatisticsViews Sums);

    private sealed record Readings(Reading? Before, Reading? Now);

    [LoggerMessage(685, LogLevel.Warning, "The target's statistics could not be read")]
    private static partial void LogNotRead(ILogger logger, Exception exception);
}
