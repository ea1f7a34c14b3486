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
    private static readonly TimeSpan LastLimit = TimeSpan.FromSeconds(2);
    private readonly ConcurrentDictionary<Guid, (DiskActivity Activity, CopyProgress Progress)> _newest = new();

    /// <summary>Disks of which it was said that they stall; under the turn.</summary>
    private readonly HashSet<Guid> _stalled = [];

    /// <summary>One flush at a time: who asks for one wants what was reported before to be stored when it is done.</summary>
    private readonly SemaphoreSlim _turn = new(1, 1);

    public void Report(Guid runDiskId, DiskActivity activity, CopyProgress progress) => _newest[runDiskId] = (activity, progress);

    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await StoreAsync(cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    public override void Dispose()
    {
        _turn.Dispose();
        base.Dispose();
    }

    /// <summary>The same, but a failure is only logged: the next report says more than the lost one.</summary>
    public async Task TryFlushAsync(CancellationToken cancellationToken)
    {
        try
        {
            await FlushAsync(cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogNotStored(log, e);
        }
    }

    /// <summary>
    /// For a copy that ends, however it ends: who takes the disk up next counts on from its row, maybe at once and in another process. A database that
    /// does not answer is not waited for.
    /// </summary>
    public async Task StoreLastAsync()
    {
        using var limit = new CancellationTokenSource(LastLimit, time);
        try
        {
            await TryFlushAsync(limit.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            // The row is short of what was moved by a second's worth.
        }
    }

    private async Task StoreAsync(CancellationToken cancellationToken)
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
        var said = new Dictionary<Guid, bool>();
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
            var (earliest, latest, settled) = ((long?)report.EarliestEta?.TotalSeconds, (long?)report.LatestEta?.TotalSeconds, report.LastProgressAt?.UtcDateTime);
            var (stalled, bottleneck) = (report.Stall?.Since.UtcDateTime, report.Stall?.Says ?? report.Bottleneck?.ToString());
            await disk.ExecuteUpdateAsync(
                set => set
                    .SetProperty(x => x.ProgressAt, now)
                    .SetProperty(x => x.BytesPerSecond, rate)
                    .SetProperty(x => x.EtaSeconds, eta)
                    .SetProperty(x => x.EarliestEtaSeconds, earliest)
                    .SetProperty(x => x.LatestEtaSeconds, latest)
                    .SetProperty(x => x.SettledAt, x => settled ?? x.SettledAt)
                    .SetProperty(x => x.StalledSince, stalled)
                    .SetProperty(x => x.Bottleneck, bottleneck),
                cancellationToken);
            if (report.Amounts is { } moved)
            {
                await disk.Where(x => x.BytesRead < moved.Allocated || x.BytesZero < moved.Zero || x.BytesWritten < moved.Sent).ExecuteUpdateAsync(
                    set => set.SetProperty(x => x.BytesRead, moved.Allocated).SetProperty(x => x.BytesWritten, moved.Sent).SetProperty(x => x.BytesZero, moved.Zero),
                    cancellationToken);
            }

            // An attempt that has settled nothing yet takes no stall back.
            if (report.Stall is not null ? !_stalled.Contains(diskId) : report.LastProgressAt is not null && _stalled.Contains(diskId))
            {
                await SayStallAsync(db, diskId, report.Stall, cancellationToken);
                said[diskId] = report.Stall is not null;
            }
        }

        await transaction.CommitAsync(cancellationToken);
        foreach (var (diskId, stalls) in said)
        {
            _ = stalls ? _stalled.Add(diskId) : _stalled.Remove(diskId);
        }
    }

    /// <summary>In the run's log, once when it begins and once when it is over.</summary>
    private async Task SayStallAsync(MigrateDb db, Guid diskId, CopyStall? stall, CancellationToken cancellationToken)
    {
        var found = await db.RunDisks.Where(x => x.Id == diskId).Join(db.Runs, x => x.RunId, x => x.Id, (disk, run) => new { disk.Label, run.Id, run.Phase }).SingleOrDefaultAsync(cancellationToken);
        if (found is not null)
        {
            db.RunEvents.Add(new RunEvent
            {
                RunId = found.Id,
                At = time.GetUtcNow().UtcDateTime,
                Phase = found.Phase,
                Level = stall is null ? RunLog.Info : RunLog.Warning,
                Message = stall is null ? $"{found.Label} gets on again." : $"{found.Label} stalls. {stall.Says}",
            });
            await db.SaveChangesAsync(cancellationToken);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await TryFlushAsync(stoppingToken);
        }
    }

    [LoggerMessage(531, LogLevel.Warning, "The progress of copies could not be stored")]
    private static partial void LogNotStored(ILogger logger, Exception exception);
}
