using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Jobs;

/// <summary>
/// Looks every two seconds whether an operator asks something of a run that this process is at. The server pokes its own runs; a worker
/// elsewhere would see it only when it renews a lease.
/// </summary>
public sealed partial class RequestWatch(
    IDbContextFactory<MigrateDb> databases, LeaseStore leases, ExecutorOptions options, TimeProvider time, ILogger<RequestWatch> log) : BackgroundService
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.JobStore is null)
        {
            return; // Nobody but this process.
        }

        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (Exception e) when (DatabaseTrouble.Is(e))
            {
                LogNotRead(log, e);
            }
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var held = leases.HeldHere;
        if (held.Count == 0)
        {
            return;
        }

        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        foreach (var runId in await db.Runs.Where(x => held.Contains(x.Id) && x.Request != null && x.Request != RunRequest.Sync).Select(x => x.Id).ToListAsync(cancellationToken))
        {
            leases.Poke(runId);
        }
    }

    [LoggerMessage(591, LogLevel.Warning, "What operators ask of this process's runs could not be read")]
    private static partial void LogNotRead(ILogger logger, Exception exception);
}
