using System.Reflection;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Jobs;

/// <summary>Says in the database that this process is there, every few seconds, and that it is not any more when it stops.</summary>
public sealed partial class WorkerRegistry(
    IDbContextFactory<MigrateDb> databases, ExecutorOptions options, TimeProvider time, ILogger<WorkerRegistry> log) : BackgroundService
{
    /// <summary>Between two signs of life.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>Without one for this long a process counts as silent: killed, cut off, or its machine is gone.</summary>
    public static readonly TimeSpan SilentAfter = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan ForgottenAfter = TimeSpan.FromDays(1);
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(2);
    private volatile int _living = 1;

    /// <summary>Processes that share the database and were not silent when this one last spoke; this one is one of them.</summary>
    public int Living => _living;

    public async Task SayAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var alive = now - SilentAfter;
        _living = 1 + await db.Workers.CountAsync(x => x.Id != options.Worker.Id && x.LastSeenAt > alive, cancellationToken);
        if (await db.Workers.Where(x => x.Id == options.Worker.Id).ExecuteUpdateAsync(set => set.SetProperty(x => x.LastSeenAt, now), cancellationToken) > 0)
        {
            return;
        }

        var old = now - ForgottenAfter;
        await db.Workers.Where(x => x.LastSeenAt < old).ExecuteDeleteAsync(cancellationToken);
        db.Workers.Add(new Worker
        {
            Id = options.Worker.Id,
            Name = options.Worker.Name,
            Owner = options.Worker.Owner,
            Machine = Environment.MachineName,
            ProcessId = Environment.ProcessId,
            Version = typeof(WorkerRegistry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown",
            Queues = JsonSerializer.Serialize(options.Queues.ToDictionary(x => x.Key.ToString(), x => x.Value)),
            StartedAt = now,
            LastSeenAt = now,
        });
        await db.SaveChangesAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var patience = new CancellationTokenSource(Goodbye);
        try
        {
            await using var db = await databases.CreateDbContextAsync(patience.Token);
            await db.Workers.Where(x => x.Id == options.Worker.Id).ExecuteDeleteAsync(patience.Token);
        }
        catch (Exception e) when (DatabaseTrouble.Is(e) || e is OperationCanceledException)
        {
            LogNotSaid(log, e); // It will be seen as silent, and forgotten in a day.
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await SayAsync(stoppingToken);
            }
            catch (Exception e) when (DatabaseTrouble.Is(e))
            {
                LogNotSaid(log, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(590, LogLevel.Warning, "This process could not say in the database that it is there")]
    private static partial void LogNotSaid(ILogger logger, Exception exception);
}
