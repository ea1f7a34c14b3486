using Migrate.Executor.Runs.Warm;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs.Steps;

/// <summary>
/// The guest of a cold run is down already: waiting before the cutover would only make its outage longer. A warm run waits here for its
/// window or for an operator's word, and goes back for a pass as often as its plan says.
/// </summary>
public sealed class ReadyStep(TimeProvider time) : IRunStep
{
    public RunPhase Phase => RunPhase.Ready;

    public bool StopsForRequests => true;

    public async Task<RunPhase> RunAsync(RunWork work, CancellationToken cancellationToken)
    {
        if (!work.IsWarm)
        {
            return RunPhase.CuttingOver;
        }

        var now = time.GetUtcNow().UtcDateTime;
        var (phase, at) = WarmSchedule.Next(work.Run, work.Policy.Warm, await work.LastPassEndedAtAsync(cancellationToken), now);
        work.Next = at <= now ? Due.AtOnce : Due.Later(at);
        return phase;
    }
}
