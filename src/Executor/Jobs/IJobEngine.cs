namespace Migrate.Executor.Jobs;

/// <summary>Which workers do a step: copies have a limit of their own, so that they never hold up a cutover or an operator.</summary>
public enum JobQueue
{
    Control,
    Copy,
}

/// <summary>
/// The port to a job engine. A job is only a trigger that carries a run's id: our tables are the truth, a job may come twice
/// or late or not at all (the reconciler makes up for it), and running one that is not due or is leased elsewhere does nothing.
/// </summary>
public interface IJobEngine
{
    /// <summary>
    /// Asks for a step of the run at a time (UTC), or as soon as a worker is free when that is past. A run has at most one
    /// job that waits: of two, the earlier stays.
    /// </summary>
    Task ScheduleAsync(Guid runId, JobQueue queue, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>Takes back what was asked for the run and has not begun.</summary>
    Task CancelAsync(Guid runId, CancellationToken cancellationToken);
}

/// <summary>What a job does: one step of one run, by id.</summary>
public interface IRunStepper
{
    Task StepAsync(Guid runId, CancellationToken cancellationToken);
}
