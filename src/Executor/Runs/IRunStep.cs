using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs;

/// <summary>
/// What is done in one phase. A step may be killed at any instant and begun again by another worker, so each of its actions
/// first looks whether it is done already. It undoes what it left half-made before it throws.
/// </summary>
public interface IRunStep
{
    RunPhase Phase { get; }

    /// <summary>False: an operator's request waits until the step is through.</summary>
    bool StopsForRequests { get; }

    /// <summary>The same, for steps of which it depends on the run.</summary>
    bool StopsForRequestsOf(RunWork work) => StopsForRequests;

    /// <summary>The phase that comes next; the step's own phase means that it goes on in another job.</summary>
    Task<RunPhase> RunAsync(RunWork work, CancellationToken cancellationToken);
}
