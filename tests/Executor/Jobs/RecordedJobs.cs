using System.Collections.Concurrent;
using Migrate.Executor.Jobs;

namespace Migrate.Executor.Tests.Jobs;

/// <summary>A job engine that only remembers what was asked of it.</summary>
public sealed class RecordedJobs : IJobEngine
{
    public ConcurrentQueue<(Guid RunId, JobQueue Queue, DateTimeOffset At)> Asked { get; } = new();

    public Task ScheduleAsync(Guid runId, JobQueue queue, DateTimeOffset at, CancellationToken cancellationToken)
    {
        Asked.Enqueue((runId, queue, at));
        return Task.CompletedTask;
    }

    public Task CancelAsync(Guid runId, CancellationToken cancellationToken) => Task.CompletedTask;
}
