using System.Linq.Expressions;
using Migrate.Executor.Runs;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Jobs;

/// <summary>What becomes of a run's next step.</summary>
public enum JobState
{
    /// <summary>A worker is at it.</summary>
    Running,
    /// <summary>Due: it begins as soon as a worker of its queue is free.</summary>
    Waiting,
    /// <summary>It comes at a time that was set: a next pass, or another try.</summary>
    Scheduled,
    /// <summary>An operator stopped it.</summary>
    Paused,
    /// <summary>It failed, and waits for an operator.</summary>
    Failed,
}

/// <summary>
/// Jobs as our tables know them: each run that is not over has one, its step that is at work or comes next. The job engine is not asked;
/// what it has stored are triggers, which may be missing or come twice.
/// </summary>
public static class JobQuery
{
    private static readonly IReadOnlyList<RunPhase> Stopped = [RunPhase.Paused, RunPhase.Failed];

    /// <summary>Runs that have a job.</summary>
    public static Expression<Func<Run, bool>> HasJob { get; } = x => !RunPhases.Final.Contains(x.Phase) || x.Request != null;

    public static Expression<Func<Run, bool>> Is(JobState state, DateTime now) => state switch
    {
        JobState.Running => x => x.LeaseOwner != null && x.LeaseExpiresAt >= now,
        JobState.Waiting => x => (x.LeaseOwner == null || x.LeaseExpiresAt < now)
            && (x.Request != null || (!Stopped.Contains(x.Phase) && (x.DueAt == null || x.DueAt <= now))),
        JobState.Scheduled => x => (x.LeaseOwner == null || x.LeaseExpiresAt < now) && x.Request == null && !Stopped.Contains(x.Phase) && x.DueAt > now,
        JobState.Paused => x => (x.LeaseOwner == null || x.LeaseExpiresAt < now) && x.Request == null && x.Phase == RunPhase.Paused,
        _ => x => (x.LeaseOwner == null || x.LeaseExpiresAt < now) && x.Request == null && x.Phase == RunPhase.Failed,
    };

    public static Expression<Func<Run, bool>> IsOf(JobQueue queue)
    {
        List<RunPhase> phases = [.. Enum.GetValues<RunPhase>().Where(x => RunPhases.QueueOf(x, null) == queue)];
        var ofRequests = RunPhases.QueueOf(default, RunRequest.Pause) == queue;
        return x => x.Request != null ? ofRequests : phases.Contains(x.Phase == RunPhase.Paused || x.Phase == RunPhase.Failed ? x.ResumePhase : x.Phase);
    }

    /// <summary>The same as <see cref="Is"/>, of a row that was read.</summary>
    public static JobState StateOf(Run run, DateTime now) => run switch
    {
        { LeaseOwner: not null } when run.LeaseExpiresAt >= now => JobState.Running,
        { Request: not null } => JobState.Waiting,
        { Phase: RunPhase.Paused } => JobState.Paused,
        { Phase: RunPhase.Failed } => JobState.Failed,
        _ => run.DueAt > now ? JobState.Scheduled : JobState.Waiting,
    };

    /// <summary>The phase that is at work, comes next, or would come after an operator's retry.</summary>
    public static RunPhase PhaseOf(Run run) => Stopped.Contains(run.Phase) ? run.ResumePhase : run.Phase;
}
