using Migrate.Executor.Runs;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Jobs;

/// <summary>
/// What an operator may do with jobs, in the words of runs, because a job is a run's step: there is nothing to do to it that the run
/// would not know of.
/// </summary>
public sealed class JobControl(RunControl runs, RunStore store)
{
    /// <summary>Takes the step back, or stops it at its next checkpoint; the run is paused and a retry goes on there.</summary>
    public Task<Run> CancelAsync(Guid runId, CancellationToken cancellationToken) => runs.PauseAsync(runId, cancellationToken);

    /// <summary>Goes on with what failed or was cancelled, or does at once what was put off.</summary>
    public async Task<Run> RetryAsync(Guid runId, CancellationToken cancellationToken)
    {
        var run = await store.FindAsync(runId, cancellationToken)
            ?? throw new MigrateException("run.unknown", $"There is no run {runId}.", "See 'migrate jobs list'.");
        return run.Phase switch
        {
            RunPhase.Failed => await runs.RetryAsync(runId, cancellationToken),
            RunPhase.Paused => await runs.ResumeAsync(runId, cancellationToken),
            _ => await runs.HurryAsync(runId, cancellationToken),
        };
    }
}
