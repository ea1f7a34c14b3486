namespace Migrate.Executor.Jobs;

/// <summary>
/// Which workers do a step. Each queue has workers of its own: what takes long in one never holds up another, and a cutover least of
/// all.
/// </summary>
public enum JobQueue
{
    /// <summary>Cutovers, validations and what operators ask for.</summary>
    Control,
    /// <summary>Seeds, which take hours.</summary>
    Copy,
    /// <summary>What keeps warm runs in step: short, and of no use when it waits behind a seed of hours.</summary>
    Passes,
    /// <summary>What asks the source about its VMs and waits for them: the beginning of each run of a wave, all at once.</summary>
    Inventory,
}

/// <summary>
/// The port to a job engine. A job is only a trigger that carries a run's id: our tables are the truth, a job may come twice
/// or late or not at all (the reconciler makes up for it), and running one that is not due or is leased elsewhere does nothing.
/// Nothing recurs in an engine: a step writes when its run is due again and asks for that, so that there is no second calendar.
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

    /// <summary>
    /// The runs for which a job waits, read page by page. While jobs begin and end meanwhile one may be missing or come twice.
    /// </summary>
    IAsyncEnumerable<Guid> WaitingAsync(CancellationToken cancellationToken);
}

/// <summary>What a job does: one step of one run, by id.</summary>
public interface IRunStepper
{
    /// <summary>
    /// The token is cancelled when the process is to stop. A step that ends by <see cref="OperationCanceledException"/> then is handed over:
    /// the engine fires it at once in another process, or in this one when it is back.
    /// </summary>
    Task StepAsync(Guid runId, CancellationToken cancellationToken);
}
