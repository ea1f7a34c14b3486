using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Runs;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Runs;

/// <summary>
/// What happens to some runs, as server-sent events. Read from the database once a second: the truth is there whichever process
/// works on a run, and a client that comes back with Last-Event-ID misses no line of the log.
/// </summary>
internal sealed class RunUpdates(IDbContextFactory<MigrateDb> databases, RunViews views, TimeProvider time, IHostApplicationLifetime lifetime)
{
    private const int EventsAtOnce = 200;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    /// <summary>The event id that a client came back with; 0 for a new one.</summary>
    public static long LastEventId(HttpRequest request) =>
        long.TryParse(request.Headers["Last-Event-ID"], System.Globalization.CultureInfo.InvariantCulture, out var id) ? id : 0;

    public async IAsyncEnumerable<SseItem<RunUpdate>> FollowAsync(
        IReadOnlyList<Guid> runIds, long afterEvent, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A stream that waited for its client would hold up the server's stop.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        var shown = new Dictionary<Guid, RunView>();
        var lastSent = time.GetTimestamp();
        while (!stop.IsCancellationRequested)
        {
            // State before log: when every run has ended, all its lines are already there to be read.
            var (runs, isRolledBackNext) = await RunsAsync(runIds, stop.Token);
            if (shown.Count == 0)
            {
                // First who is watched, so that a reader can put names to the lines that follow.
                foreach (var run in runs)
                {
                    shown[run.Id] = run;
                    yield return new SseItem<RunUpdate>(new RunUpdate(null, run), "progress");
                }
            }

            List<RunEvent> events;
            do
            {
                events = await EventsAsync(runIds, afterEvent, stop.Token);
                foreach (var line in events)
                {
                    afterEvent = line.Id;
                    lastSent = time.GetTimestamp();
                    yield return new SseItem<RunUpdate>(new RunUpdate(RunViews.ViewOf(line), null), "log") { EventId = line.Id.ToString(System.Globalization.CultureInfo.InvariantCulture) };
                }
            }
            while (events.Count == EventsAtOnce);

            foreach (var run in runs.Where(r => !r.Equals(shown.GetValueOrDefault(r.Id))))
            {
                shown[run.Id] = run;
                lastSent = time.GetTimestamp();
                yield return new SseItem<RunUpdate>(new RunUpdate(null, run), "progress");
            }

            if (!isRolledBackNext && runs.All(r => r.Phase is RunPhase.Completed or RunPhase.Failed or RunPhase.RolledBack))
            {
                yield return new SseItem<RunUpdate>(new RunUpdate(null, null), "end");
                yield break;
            }

            if (time.GetElapsedTime(lastSent) >= Heartbeat)
            {
                lastSent = time.GetTimestamp();
                yield return new SseItem<RunUpdate>(new RunUpdate(null, null), "heartbeat");
            }

            await Task.Delay(Interval, time, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>The runs, and whether one of them is over but to be rolled back: that it is asked for shows in no phase.</summary>
    private async Task<(IReadOnlyList<RunView> Runs, bool IsRolledBackNext)> RunsAsync(IReadOnlyList<Guid> runIds, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var runs = await db.Runs.AsNoTracking().Where(r => runIds.Contains(r.Id)).Select(RunStore.Listed).ToListAsync(cancellationToken);
        return (await views.ViewAsync(runs, cancellationToken), runs.Any(r => r.Phase != RunPhase.RolledBack && r.Request is RunRequest.RollBack or RunRequest.RollBackAndDeleteData));
    }

    private async Task<List<RunEvent>> EventsAsync(IReadOnlyList<Guid> runIds, long afterEvent, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        return await db.RunEvents.AsNoTracking().Where(e => runIds.Contains(e.RunId) && e.Id > afterEvent)
            .OrderBy(e => e.Id).Take(EventsAtOnce).ToListAsync(cancellationToken);
    }
}
