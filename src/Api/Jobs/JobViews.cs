using Microsoft.EntityFrameworkCore;
using Migrate.Api.Runs;
using Migrate.Executor.Jobs;
using Migrate.Executor.Runs;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Jobs;

/// <summary>Which jobs; what is null does not limit.</summary>
internal sealed record JobFilter(JobState? State, JobQueue? Queue, Guid? PlanId, string? Vm);

/// <summary>Reads jobs from the runs' rows: a page costs four queries, however many runs there are.</summary>
internal sealed class JobViews(IDbContextFactory<MigrateDb> databases, TimeProvider time)
{
    private const int NewestEvents = 20;

    /// <summary>Those that are due or were due longest first, then those that wait for an operator.</summary>
    public async Task<Page<JobView>> ListAsync(JobFilter filter, Paging paging, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var runs = db.Runs.AsNoTracking().Where(JobQuery.HasJob);
        runs = filter.State is { } state ? runs.Where(JobQuery.Is(state, now)) : runs;
        runs = filter.Queue is { } queue ? runs.Where(JobQuery.IsOf(queue)) : runs;
        runs = filter.PlanId is { } planId ? runs.Where(r => r.PlanId == planId) : runs;
        runs = filter.Vm is { Length: > 0 } vm ? runs.Where(r => r.VmName.Contains(vm)) : runs;
        var page = await runs.OrderBy(r => r.DueAt == null).ThenBy(r => r.DueAt).ThenBy(r => r.Id).Skip(paging.Skip).Take(paging.Size).ToListAsync(cancellationToken);
        return new Page<JobView>(await ViewAsync(db, page, now, cancellationToken), paging.Number, paging.Size, await runs.LongCountAsync(cancellationToken));
    }

    public async Task<JobView> ViewAsync(Run run, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        return (await ViewAsync(db, [run], time.GetUtcNow().UtcDateTime, cancellationToken))[0];
    }

    public async Task<JobDetail> DetailAsync(Guid runId, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var run = await db.Runs.AsNoTracking().SingleOrDefaultAsync(r => r.Id == runId, cancellationToken)
            ?? throw new MigrateException("run.unknown", $"There is no run {runId}.", "See 'migrate jobs list'.");
        if (RunPhases.IsFinal(run.Phase) && run.Request is null)
        {
            throw new MigrateException("job.not-found", $"The run of '{run.VmName}' is {run.Phase}: it has no job any more.", "See 'migrate run show' for what it did.");
        }

        var events = await db.RunEvents.AsNoTracking().Where(e => e.RunId == runId).OrderByDescending(e => e.Id).Take(NewestEvents).ToListAsync(cancellationToken);
        return new JobDetail(
            (await ViewAsync(db, [run], time.GetUtcNow().UtcDateTime, cancellationToken))[0], run.Error, run.Remedy, [.. events.OrderBy(e => e.Id).Select(RunViews.ViewOf)]);
    }

    private static async Task<IReadOnlyList<JobView>> ViewAsync(MigrateDb db, IReadOnlyList<Run> runs, DateTime now, CancellationToken cancellationToken)
    {
        var runIds = runs.Select(r => r.Id).ToList();
        var planIds = runs.Select(r => r.PlanId).Distinct().ToList();
        var plans = await db.Plans.AsNoTracking().Where(p => planIds.Contains(p.Id)).ToDictionaryAsync(p => p.Id, p => p.Name, cancellationToken);
        var newest = db.RunEvents.Where(e => runIds.Contains(e.RunId) && e.Level != RunLog.Info).GroupBy(e => e.RunId).Select(g => g.Max(e => e.Id));
        var errors = await db.RunEvents.AsNoTracking().Where(e => newest.Contains(e.Id)).ToDictionaryAsync(e => e.RunId, cancellationToken);
        return [.. runs.Select(r => ViewOf(r, plans.GetValueOrDefault(r.PlanId, ""), errors.GetValueOrDefault(r.Id), now))];
    }

    private static JobView ViewOf(Run run, string plan, RunEvent? error, DateTime now)
    {
        var state = JobQuery.StateOf(run, now);
        var step = JobQuery.PhaseOf(run);
        return new JobView(
            run.Id, plan, run.Wave, run.VmName, RunPhases.QueueOf(step, run.Request), step, run.Request, state,
            Since: state switch
            {
                JobState.Running => run.LeaseTakenAt,
                JobState.Waiting => run.DueAt,
                JobState.Failed => run.FinishedAt,
                _ => null,
            },
            Worker: state == JobState.Running ? run.LeaseOwner!.Split('/')[0] : null,
            NextAttempt: state switch
            {
                // A worker that died holds its lease until it runs out.
                JobState.Waiting => run.DueAt > run.LeaseExpiresAt || run.LeaseOwner is null ? run.DueAt : run.LeaseExpiresAt,
                JobState.Scheduled => run.DueAt,
                _ => null,
            },
            run.Attempt, run.TransientFailures, error?.Message, error?.At);
    }
}
