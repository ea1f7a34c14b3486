using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs.Steps;

/// <summary>A run that was started and that a worker has now seen.</summary>
public sealed class PlannedStep : IRunStep
{
    public RunPhase Phase => RunPhase.Planned;

    public bool StopsForRequests => true;

    public Task<RunPhase> RunAsync(RunWork work, CancellationToken cancellationToken) => Task.FromResult(RunPhase.Preparing);
}
