using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs;

/// <summary>
/// What an operator may ask of a run. Each answers with the run as it is then; a request to a run that is being worked on is
/// obeyed by the worker, within seconds. Asking for what cannot be done in the run's phase throws <c>run.wrong-phase</c>;
/// an unknown run <c>run.unknown</c>.
/// </summary>
public sealed class RunControl
{
    /// <summary>Goes on with a Failed run in the phase that failed; what was copied stays copied.</summary>
    public Task<Run> RetryAsync(Guid runId, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<Run> PauseAsync(Guid runId, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<Run> ResumeAsync(Guid runId, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>
    /// Removes the domain and powers the source on again if the run shut it down. The copied data stays unless
    /// <paramref name="deleteData"/>; ends in RolledBack.
    /// </summary>
    public Task<Run> RollBackAsync(Guid runId, bool deleteData, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Gives up a run that has not begun its cutover: as a roll-back that deletes the copied data.</summary>
    public Task<Run> CancelAsync(Guid runId, CancellationToken cancellationToken) => throw new NotImplementedException();
}
