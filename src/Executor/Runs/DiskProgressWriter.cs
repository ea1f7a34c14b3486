using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Migrate.Executor.Copy;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs;

/// <summary>
/// The one writer of disks' progress: copies report as often as they like, once a second the newest of each disk is stored, all
/// in one transaction.
/// </summary>
public sealed partial class DiskProgressWriter(
    IDbContextFactory<MigrateDb> databases, TimeProvider time, ILogger<DiskProgressWriter> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<Guid, (DiskActivity Activity, CopyProgress Progress)> _newest = new();

    public void Report(Guid runDiskId, DiskActivity activity, CopyProgress progress) => _newest[runDiskId] = (activity, progress);

    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        var batch = new List<(Guid DiskId, DiskActivity Activity, CopyProgress Progress)>();
        foreach (var diskId in _newest.Keys)
        {
            if (_newest.TryRemove(diskId, out var newest))
            {
                batch.Add((diskId, newest.Activity, newest.Progress));
            }
        }

        if (batch.Count == 0)
        {
            return;
        }

        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        foreach (var (diskId, activity, report) in batch)
        {
            var bytesDone = report.BytesDone;
            // Only forward: a report that was under way when the step wrote the final figure must not take it back.
            var disk = db.RunDisks.Where(x => x.Id == diskId);
            _ = activity == DiskActivity.Verify
                ? await disk.Where(x => x.BytesVerified < bytesDone)
                    .ExecuteUpdateAsync(set => set.SetProperty(x => x.BytesVerified, bytesDone), cancellationToken)
                : await disk.Where(x => x.BytesDone < bytesDone)
                    .ExecuteUpdateAsync(set => set.SetProperty(x => x.BytesDone, bytesDone), cancellationToken);
            var (now, rate, eta) = (time.GetUtcNow().UtcDateTime, (long)report.BytesPerSecond, (long?)report.Eta?.TotalSeconds);
            var bottleneck = report.Stall?.Says ?? report.Bottleneck?.ToString();
            await disk.ExecuteUpdateAsync(
                set => set.SetProperty(x => x.ProgressAt, now).SetProperty(x => x.BytesPerSecond, rate).SetProperty(x => x.EtaSeconds, eta).SetProperty(x => x.Bottleneck, bottleneck),
                cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await FlushAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogNotStored(log, e); // The next report says more than the lost one.
            }
        }
    }

    [LoggerMessage(531, LogLevel.Warning, "The progress of copies could not be stored")]
    private static partial void LogNotStored(ILogger logger, Exception exception);
}
