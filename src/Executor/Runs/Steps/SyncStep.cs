using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs.Steps;

/// <summary>A cold source is off since before its first byte was read, so nothing can have changed since and there is no pass 1.</summary>
public sealed class SyncStep : IRunStep
{
    public RunPhase Phase => RunPhase.Syncing;

    public bool StopsForRequests => true;

    public Task<RunPhase> RunAsync(RunWork work, CancellationToken cancellationToken) => Task.FromResult(RunPhase.Ready);
}
