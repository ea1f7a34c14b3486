using System.Data;
using System.Text.Json;
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
    public static readonly ListOrders<Run> Orders = new ListOrders<Run>("due").Last(r => r.Id).By("due", r => r.DueAt).By("vm", r => r.VmName);

    private const int NewestEvents = 20;
    private readonly RecentCounts _counts = new(time);

    /// <summary>Usually those that are due or were due longest first, then those that wait for an operator.</summary>
    public async Task<Page<JobView>> ListAsync(JobFilter filter, Paging paging, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var runs = db.Runs.AsNoTracking().Where(JobQuery.HasJob);
        runs = filter.State is { } state ? runs.Where(JobQuery.Is(state, now)) : runs;
        runs = filter.Queue is { } queue ? runs.Where(JobQuery.IsOf(queue)) : runs;
        runs = filter.PlanId is { } planId ? runs.Where(r => r.PlanId == planId) : runs;
        if (await RunStore.NamedAsync(db, runs, filter.Vm, filter.PlanId, cancellationToken) is not { } named)
        {
            return new Page<JobView>([], paging.Number, paging.Size, 0);
        }

        runs = named;
        var (order, descending) = Orders.Read(paging.Sort);
        if (order != "due")
        {
            var all = await _counts.OfAsync($"{filter}", () => runs.CountAsync(cancellationToken));
            var sorted = await Orders.PageAsync(runs, paging.Sort, r => r.Id, paging.Skip, paging.Size, all, cancellationToken);
            return new Page<JobView>(await ViewAsync(db, await RunStore.RowsAsync(db, sorted, cancellationToken), now, cancellationToken), paging.Number, paging.Size, all);
        }

        // Two parts, each in the order of an index that holds all of this; of the rows, which are wide, only the page's are read.
        // Of one moment: a job that is given a time, or loses it, meanwhile is in one part.
        await using var transaction = db.Database.IsNpgsql() ? await db.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken) : null;
        var (timed, untimed) = (runs.Where(r => r.DueAt >= DateTime.UnixEpoch), runs.Where(r => r.DueAt == null));
        var list = $"{filter} ";
        var timedTotal = await _counts.OfAsync(list + "timed", () => timed.CountAsync(cancellationToken));
        var untimedTotal = await _counts.OfAsync(list + "untimed", () => untimed.CountAsync(cancellationToken));
        var total = timedTotal + untimedTotal;
        var ((first, firstTotal), (second, secondTotal)) = descending ? ((untimed, untimedTotal), (timed, timedTotal)) : ((timed, timedTotal), (untimed, untimedTotal));
        var ids = await Orders.PageAsync(first, paging.Sort, r => r.Id, paging.Skip, paging.Size, firstTotal, cancellationToken);
        if (ids.Count < paging.Size)
        {
            ids.AddRange(await Orders.PageAsync(second, paging.Sort, r => r.Id, Math.Max(0, paging.Skip - firstTotal), paging.Size - ids.Count, secondTotal, cancellationToken));
        }

        ids = [.. ids.Distinct()]; // SQLite's readers have no such moment for two questions.
        return new Page<JobView>(await ViewAsync(db, await RunStore.RowsAsync(db, ids, cancellationToken), now, cancellationToken), paging.Number, paging.Size, total);
    }

    /// <summary>Two queries, however many jobs there are: what the database gives is one row per phase and state.</summary>
    public async Task<QueuesView> QueuesAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var groups = await db.Runs.Where(JobQuery.HasJob)
            .Select(x => new { x.Phase, x.ResumePhase, Asked = x.Request != null, Leased = x.LeaseOwner != null && x.LeaseExpiresAt >= now, Later = x.DueAt > now, x.DueAt })
            .GroupBy(x => new { x.Phase, x.ResumePhase, x.Asked, x.Leased, x.Later })
            .Select(x => new { x.Key, Count = x.Count(), Due = x.Min(y => y.DueAt) })
            .ToListAsync(cancellationToken);
        var jobs = groups.Select(x =>
        {
            // A row of the group stands for all of it: only what decides is set.
            var run = new Run
            {
                VmKey = "",
                VmName = "",
                Phase = x.Key.Phase,
                ResumePhase = x.Key.ResumePhase,
                Request = x.Key.Asked ? RunRequest.Pause : null,
                LeaseOwner = x.Key.Leased ? "somebody" : null,
                LeaseExpiresAt = x.Key.Leased ? DateTime.MaxValue : null,
                DueAt = x.Key.Later ? DateTime.MaxValue : null,
            };
            return (Queue: RunPhases.QueueOf(JobQuery.PhaseOf(run), run.Request), State: JobQuery.StateOf(run, now), x.Count, x.Due);
        }).ToLookup(x => x.Queue);
        var alive = now - WorkerRegistry.SilentAfter;
        var workers = (await db.Workers.Where(x => x.LastSeenAt >= alive).Select(x => x.Queues).ToListAsync(cancellationToken))
            .Select(x => JsonSerializer.Deserialize<Dictionary<string, int>>(x)!).ToList();
        return new QueuesView([.. Enum.GetValues<JobQueue>().Select(queue =>
        {
            var slots = workers.Select(x => x.GetValueOrDefault($"{queue}")).Where(x => x > 0).ToList();
            int Count(JobState state) => jobs[queue].Where(x => x.State == state).Sum(x => x.Count);
            return new QueueView(
                queue, slots.Count, slots.Sum(), Count(JobState.Running), Count(JobState.Waiting), Count(JobState.Scheduled), Count(JobState.Paused), Count(JobState.Failed),
                jobs[queue].Where(x => x.State == JobState.Waiting).Min(x => x.Due));
        })]);
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
        var plans = await db.Plans.AsNoTracking().Where(p => planIds.Contains(p.Id)).Select(p => new { p.Id, p.Name }).ToDictionaryAsync(p => p.Id, p => p.Name, cancellationToken);
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
            run.Attempt, run.TransientFailures, error?.Message, error?.At, state == JobState.Failed ? run.Remedy : null, state == JobState.Running ? run.LeaseExpiresAt : null);
    }
}
