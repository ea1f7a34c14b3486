using System.Globalization;
using System.Runtime.CompilerServices;
using Hangfire;
using Hangfire.Common;
using Hangfire.States;
using Hangfire.Storage;

namespace Migrate.Executor.Jobs.Hangfire;

/// <summary>
/// Hangfire names its jobs itself, so which one waits for a run stands in a hash of its storage. That is written without a lock: two who
/// ask at the same instant make two jobs, and the lease lets one of them work. A lock would outlive a process that was killed holding it.
/// </summary>
internal sealed class HangfireJobEngine(JobStorage storage, IBackgroundJobClientV2 client, TimeProvider time) : IJobEngine
{
    private const string JobField = "job";
    private const string TimeField = "at";
    private const int PageSize = 500;
    private static readonly TimeSpan HashLifetime = TimeSpan.FromDays(7);

    public Task ScheduleAsync(Guid runId, JobQueue queue, DateTimeOffset at, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var connection = storage.GetConnection();
        if (WaitingFor(connection, runId) is { } waiting)
        {
            if (waiting.At <= at)
            {
                return Task.CompletedTask;
            }

            client.ChangeState(waiting.JobId, new DeletedState(), waiting.State);
        }

        var now = time.GetUtcNow();
        var job = Job.FromExpression<RunStepJob>(x => x.StepAsync(runId, CancellationToken.None), NameOf(queue));
        var jobId = client.Create(job, at > now ? new ScheduledState(at.UtcDateTime) : new EnqueuedState(NameOf(queue)));
        using var transaction = (JobStorageTransaction)connection.CreateWriteTransaction();
        transaction.SetRangeInHash(
            KeyOf(runId), [new(JobField, jobId), new(TimeField, at.UtcTicks.ToString(CultureInfo.InvariantCulture))]);
        transaction.ExpireHash(KeyOf(runId), HashLifetime + (at > now ? at - now : TimeSpan.Zero));
        transaction.Commit();
        return Task.CompletedTask;
    }

    public Task CancelAsync(Guid runId, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var connection = storage.GetConnection();
        if (WaitingFor(connection, runId) is { } waiting)
        {
            client.ChangeState(waiting.JobId, new DeletedState(), waiting.State); // Only from that state: what has begun goes on.
        }

        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<Guid> WaitingAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var monitoring = storage.GetMonitoringApi();
        List<Func<int, IReadOnlyList<Job?>>> lists =
        [
            from => [.. monitoring.ScheduledJobs(from, PageSize).Select(x => x.Value?.Job)],
            .. Enum.GetValues<JobQueue>().Select<JobQueue, Func<int, IReadOnlyList<Job?>>>(
                queue => from => [.. monitoring.EnqueuedJobs(NameOf(queue), from, PageSize).Select(x => x.Value?.Job)]),
        ];
        foreach (var list in lists)
        {
            for (var from = 0; ; from += PageSize)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var page = await Task.Run(() => list(from), cancellationToken);
                foreach (var job in page.Where(x => x?.Type == typeof(RunStepJob)))
                {
                    yield return (Guid)job!.Args[0];
                }

                if (page.Count < PageSize)
                {
                    break;
                }
            }
        }
    }

    /// <summary>Hangfire takes lower case only.</summary>
    internal static string NameOf(JobQueue queue) => queue.ToString().ToLowerInvariant();

    private static string KeyOf(Guid runId) => $"migrate:run:{runId:D}";

    /// <summary>The job that was last made for the run, if it has not begun.</summary>
    private static (string JobId, string State, DateTimeOffset At)? WaitingFor(IStorageConnection connection, Guid runId)
    {
        if (connection.GetAllEntriesFromHash(KeyOf(runId)) is not { } hash || !hash.TryGetValue(JobField, out var jobId))
        {
            return null;
        }

        var state = connection.GetStateData(jobId)?.Name;
        return state == ScheduledState.StateName || state == EnqueuedState.StateName
            ? (jobId, state, new DateTimeOffset(long.Parse(hash[TimeField], CultureInfo.InvariantCulture), TimeSpan.Zero))
            : null;
    }
}
