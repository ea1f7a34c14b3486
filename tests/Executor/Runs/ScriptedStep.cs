using Migrate.Executor.Runs;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Tests.Runs;

/// <summary>A step that does what the test says.</summary>
public sealed class ScriptedStep(RunPhase phase, bool stopsForRequests, Func<RunWork, CancellationToken, Task<RunPhase>> run) : IRunStep
{
    public RunPhase Phase => phase;

    public bool StopsForRequests => stopsForRequests;

    public Task<RunPhase> RunAsync(RunWork work, CancellationToken cancellationToken) => run(work, cancellationToken);
}
