using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs.Steps;

/// <summary>The guest of a cold run is down already: waiting before the cutover would only make its outage longer.</summary>
public sealed class ReadyStep : IRunStep
{
    public RunPhase Phase => RunPhase.Ready;

    public bool StopsForRequests => true;

    public Task<RunPhase> RunAsync(RunWork work, CancellationToken cancellationToken) => Task.FromResult(RunPhase.CuttingOver);
}
