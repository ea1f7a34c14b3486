using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Migrate.Api.Hosting;
using Migrate.Executor;
using Migrate.Executor.Jobs;
using Migrate.Executor.Runs;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Metrics;

/// <summary>What the database tells about runs, jobs and workers, counted every few seconds so that a reader of metrics never waits for it.</summary>
internal sealed partial class EstateMeter : BackgroundService
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private static readonly JobState[] Counted = [JobState.Running, JobState.Waiting, JobState.Scheduled];

    private readonly Meter _meter = new("Migrate.Api");
    private readonly IDbContextFactory<MigrateDb> _databases;
    private readonly TimeProvider _time;
    private readonly ILogger<EstateMeter> _log;
    private volatile Snapshot _seen = new([], [], 0);

    public EstateMeter(IDbContextFactory<MigrateDb> databases, ServeOptions options, TimeProvider time, ILogger<EstateMeter> log)
    {
        RuntimeHelpers.RunClassConstructor(typeof(ExecutorTelemetry).TypeHandle); // What was not counted yet exists, too.
        (_databases, _time, _log) = (databases, time, log);
        _meter.CreateObservableGauge("migrate.run.phase", () => _seen.Phases.Select(x => new Measurement<long>(x.Value, Tag("phase", x.Key))), "{run}", "Runs by their phase");
        _meter.CreateObservableGauge(
            "migrate.jobs.queued", () => _seen.Jobs.Select(x => new Measurement<long>(x.Value, Tag("queue", x.Key.Queue), Tag("state", x.Key.State))), "{job}", "Steps of runs that are at work or wait, by their queue");
        _meter.CreateObservableGauge("migrate.workers", () => _seen.Workers, "{process}", "Processes that said within the last seconds that they are there");
        _meter.CreateObservableGauge("migrate.data.free", () => new DriveInfo(options.Data.Root).AvailableFreeSpace, "By", "Free space of the data directory's file system");
        _meter.CreateObservableGauge("migrate.build", () => new Measurement<long>(1, Tag("version", ProductVersion.Value)), "{build}", "1, with the version of this program");
    }

    public override void Dispose()
    {
        _meter.Dispose();
        base.Dispose();
    }

    public async Task CountAsync(CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow().UtcDateTime;
        await using var db = await _databases.CreateDbContextAsync(cancellationToken);
        var counts = await db.Runs.GroupBy(x => x.Phase).Select(x => new { x.Key, Count = x.LongCount() }).ToDictionaryAsync(x => x.Key, x => x.Count, cancellationToken);
        Dictionary<(string Queue, string State), long> jobs = [];
        foreach (var (queue, state) in from queue in Enum.GetValues<JobQueue>() from state in Counted select (queue, state))
        {
            jobs[(queue.ToString(), state.ToString())] = 0;
        }

        // One question for all of them, of those that are at work or will be: what stands still, which is most, is not read.
        var active = await db.Runs.Where(JobQuery.HasJob).Where(x => x.LeaseOwner != null || x.Request != null || (x.Phase != RunPhase.Paused && x.Phase != RunPhase.Failed))
            .Select(x => new Run { VmKey = "", VmName = "", Phase = x.Phase, ResumePhase = x.ResumePhase, Request = x.Request, DueAt = x.DueAt, LeaseOwner = x.LeaseOwner, LeaseExpiresAt = x.LeaseExpiresAt })
            .ToListAsync(cancellationToken);
        foreach (var run in active.Where(x => Counted.Contains(JobQuery.StateOf(x, now))))
        {
            jobs[(RunPhases.QueueOf(JobQuery.PhaseOf(run), run.Request).ToString(), JobQuery.StateOf(run, now).ToString())]++;
        }

        var alive = now - WorkerRegistry.SilentAfter;
        var workers = await db.Workers.CountAsync(x => x.LastSeenAt > alive, cancellationToken);
        // A phase without runs is 0 and not missing: rates and sums need it.
        _seen = new Snapshot(Enum.GetValues<RunPhase>().ToDictionary(x => x.ToString(), x => counts.GetValueOrDefault(x)), jobs, workers);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(Interval, _time);
        do
        {
            try
            {
                await CountAsync(stoppingToken);
            }
            catch (Exception e) when (DatabaseTrouble.Is(e))
            {
                LogNotCounted(_log, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private static KeyValuePair<string, object?> Tag(string name, object value) => new(name, value);

    private sealed record Snapshot(Dictionary<string, long> Phases, Dictionary<(string Queue, string State), long> Jobs, int Workers);

    [LoggerMessage(681, LogLevel.Warning, "Runs and jobs could not be counted for metrics")]
    private static partial void LogNotCounted(ILogger logger, Exception exception);
}
