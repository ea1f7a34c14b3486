using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Migrate.Executor.Jobs;

namespace Migrate.Executor.Tests.Jobs;

/// <summary>A job engine that only remembers what was asked of it.</summary>
public sealed class RecordedJobs : IJobEngine
{
    public ConcurrentQueue<(Guid RunId, JobQueue Queue, DateTimeOffset At)> Asked { get; } = new();

    public Task ScheduleAsync(Guid runId, JobQueue queue, DateTimeOffset at, CancellationToken cancellationToken)
    {
        Asked.Enqueue((runId, queue, at));
        OnAsked?.Invoke();
        return Task.CompletedTask;
    }

    /// <summary>What comes of it at once.</summary>
    public Action? OnAsked { get; set; }

    /// <summary>What the engine says is waiting, whatever was asked of it.</summary>
    public List<Guid> Waiting { get; } = [];

    public ConcurrentQueue<Guid> Cancelled { get; } = new();

    public Task CancelAsync(Guid runId, CancellationToken cancellationToken)
    {
        Cancelled.Enqueue(runId);
        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<Guid> WaitingAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var runId in Waiting)
        {
            await Task.Yield();
            yield return runId;
        }
    }
}
