using Migrate.Api.Runs;
using Migrate.Executor.Jobs;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Jobs;

/// <summary>A run's step that is at work or comes next. Every run that is not over has exactly one.</summary>
/// <param name="Run">Id of the run, which names the job, too.</param>
/// <param name="Plan">Name of the run's plan.</param>
/// <param name="Wave">Wave number.</param>
/// <param name="Vm">Name of the VM.</param>
/// <param name="Queue">Whose workers do it.</param>
/// <param name="Step">The phase that is at work, comes next, or would come after a retry.</param>
/// <param name="Request">What an operator asked for, which comes before the step; null for nothing.</param>
/// <param name="State">What becomes of it.</param>
/// <param name="Since">UTC; since when it is in that state. Null where only the time ahead is known.</param>
/// <param name="Worker">The process that is at it; null when none is.</param>
/// <param name="NextAttempt">UTC; when it begins at the earliest. Null while it runs, and when only an operator lets it go on.</param>
/// <param name="Attempt">Counts from 1; grows with every retry of the run by an operator.</param>
/// <param name="TransientFailures">Tries that failed for a passing reason since the last progress.</param>
/// <param name="LastError">The newest warning or error of the run's log; null when there is none.</param>
/// <param name="LastErrorAt">UTC; when that was.</param>
/// <param name="Remedy">What to do about what it failed of; null unless it failed.</param>
/// <param name="LeaseEndsAt">UTC; when others may take it if nothing more is heard of its worker. Null when no worker is at it.</param>
public sealed record JobView(
    Guid Run,
    string Plan,
    int Wave,
    string Vm,
    JobQueue Queue,
    RunPhase Step,
    RunRequest? Request,
    JobState State,
    DateTime? Since,
    string? Worker,
    DateTime? NextAttempt,
    int Attempt,
    int TransientFailures,
    string? LastError,
    DateTime? LastErrorAt,
    string? Remedy,
    DateTime? LeaseEndsAt);

/// <summary>A job with what its run's log says.</summary>
/// <param name="Job">The job.</param>
/// <param name="Error">What the run failed of, if it failed.</param>
/// <param name="Remedy">What to do about it.</param>
/// <param name="Events">At most 20 newest lines of the run's log, oldest first; all of them: GET /runs/{id}/log.</param>
public sealed record JobDetail(JobView Job, string? Error, string? Remedy, IReadOnlyList<RunEventView> Events);

/// <summary>How much there is to do, and who does it.</summary>
/// <param name="Queues">Every queue.</param>
public sealed record QueuesView(IReadOnlyList<QueueView> Queues);

/// <summary>A queue of jobs.</summary>
/// <param name="Queue">Which.</param>
/// <param name="Workers">Processes that serve it and of which something was heard in the last 20 s.</param>
/// <param name="AtOnce">Steps that they do at once, together.</param>
/// <param name="Running">Jobs that a worker is at.</param>
/// <param name="Waiting">Jobs that are due, until a worker is free.</param>
/// <param name="Scheduled">Jobs at a time that was set.</param>
/// <param name="Paused">Jobs that an operator stopped.</param>
/// <param name="Failed">Jobs that wait for an operator.</param>
/// <param name="WaitsSince">UTC; since when the job waits that does so longest. Null when none does.</param>
public sealed record QueueView(JobQueue Queue, int Workers, int AtOnce, int Running, int Waiting, int Scheduled, int Paused, int Failed, DateTime? WaitsSince);
