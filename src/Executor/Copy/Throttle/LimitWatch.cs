using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Copy.Throttle;

/// <summary>Looks every two seconds whether an operator has changed a limit, and lets the copies of this process know.</summary>
public sealed partial class LimitWatch(LimitStore store, CopyThrottles throttles, TimeProvider time, ILogger<LimitWatch> log) : BackgroundService
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <summary>The first look is before anything copies.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        throttles.Use(await store.ListAsync(cancellationToken));
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                throttles.Use(await store.ListAsync(stoppingToken));
            }
            catch (Exception e) when (DatabaseTrouble.Is(e))
            {
                LogNotRead(log, e); // The limits as they were go on to count.
            }
        }
    }

    [LoggerMessage(535, LogLevel.Warning, "The limits of copies could not be read; those that were known go on to count")]
    private static partial void LogNotRead(ILogger logger, Exception exception);
}
