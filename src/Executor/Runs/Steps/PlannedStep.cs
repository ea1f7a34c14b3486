using Migrate.Executor.Runs.Gates;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs.Steps;

/// <summary>A run that was started and that a worker has now seen. It begins unless a failed verdict of an earlier wave holds it.</summary>
public sealed class PlannedStep(CutoverGates gates) : IRunStep
{
    public RunPhase Phase => RunPhase.Planned;

    public bool StopsForRequests => true;

    public async Task<RunPhase> RunAsync(RunWork work, CancellationToken cancellationToken)
    {
        if (await gates.HoldBeginAsync(work, cancellationToken) is not { } held)
        {
            return RunPhase.Preparing;
        }

        work.Next = held;
        return RunPhase.Planned;
    }
}
