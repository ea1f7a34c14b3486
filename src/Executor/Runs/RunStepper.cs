using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Migrate.Executor.Jobs;
using Migrate.Executor.Rehearsals;
using Migrate.Executor.Runs.Steps;
using Migrate.Executor.Runs.Warm;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs;

/// <summary>
/// Does one step of one run: takes the lease, does what the phase asks, writes down what comes next and asks for it. Whatever
/// happens is in the run's row before the lease is released.
/// </summary>
public sealed partial class RunStepper(
    IDbContextFactory<MigrateDb> databases,
    LeaseStore leases,
    IJobEngine jobs,
    IEnumerable<IRunStep> steps,
    RollBackStep rollBack,
    WarmPasses passes,
    GuestRehearsal rehearsals,
    Leftovers leftovers,
    RunLog runLog,
    ExecutorOptions options,
    TimeProvider time,
    ILogger<RunStepper> log) : IRunStepper
{
    // A job engine's clock may be a little ahead of ours; a step skipped for that would wait for the reconciler.
    private static readonly TimeSpan EarlyTolerance = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(10);

    /// <summary>Of a process that is told to stop: with the last checkpoint and giving the lease back it has 10 s.</summary>
    private static readonly TimeSpan LastWordsWhenStopping = TimeSpan.FromSeconds(2);
    private readonly Dictionary<RunPhase, IRunStep> _steps = steps.ToDictionary(x => x.Phase);

    public async Task StepAsync(Guid runId, CancellationToken cancellationToken)
    {
        try
        {
            await TryStepAsync(runId, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            leases.LeaveBehind(); // Mostly the database, of which the engine has a part as well.
            throw;
        }
    }

    private async Task TryStepAsync(Guid runId, CancellationToken cancellationToken)
    {
        if (await FindDueAsync(runId, cancellationToken) is not { } found)
        {
            return;
        }

        var queue = RunPhases.QueueOf(found.Phase, found.Request);
        if (!options.Queues.ContainsKey(queue))
        {
            await jobs.ScheduleAsync(runId, queue, time.GetUtcNow(), cancellationToken); // A late job for a phase that this process leaves to others.
            return;
        }

        var lease = await leases.TryTakeAsync(runId, cancellationToken);
        if (lease is null)
        {
            await LookAgainAsync(runId, cancellationToken);
            return;
        }

        Run? after;
        await using (lease)
        {
            after = await ToldAsync(found, lease, cancellationToken);
        }

        if (after is null)
        {
            leases.LeaveBehind();
        }
        else if (after.DueAt is { } due)
        {
            cancellationToken.ThrowIfCancellationRequested(); // The run is due and free: the engine hands it over.
            await jobs.ScheduleAsync(runId, RunPhases.QueueOf(after.Phase, after.Request), new DateTimeOffset(due, TimeSpan.Zero), cancellationToken);
        }
    }

    /// <summary>Whatever is logged meanwhile bears the run's names, and the step's trace goes on from whoever asked for it.</summary>
    private async Task<Run?> ToldAsync(Run found, Lease lease, CancellationToken cancellationToken)
    {
        using var names = log.BeginScope(new Dictionary<string, object>
        {
            ["plan"] = found.PlanId,
            ["wave"] = found.Wave,
            ["vm"] = found.VmName,
            ["run"] = found.Id,
        });
        using var activity = ExecutorTelemetry.Activities.StartActivity($"step {found.Phase}", ActivityKind.Consumer, found.TraceParent);
        activity?.SetTag("migrate.run", found.Id).SetTag("migrate.vm", found.VmName).SetTag("migrate.plan", found.PlanId).SetTag("migrate.wave", found.Wave);
        var started = time.GetTimestamp();
        Run? after = null;
        try
        {
            return after = await WorkAsync(lease, cancellationToken);
        }
        finally
        {
            ExecutorTelemetry.StepDuration.Record(time.GetElapsedTime(started).TotalSeconds, new KeyValuePair<string, object?>("phase", found.Phase.ToString()));
            if (after?.Phase == RunPhase.Failed && found.Phase != RunPhase.Failed)
            {
                activity?.SetStatus(ActivityStatusCode.Error, after.ErrorCode);
            }
        }
    }

    /// <summary>Whoever has the run in another process may be dead: its lease says when that is sure.</summary>
    private async Task LookAgainAsync(Guid runId, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var run = await db.Runs.AsNoTracking().SingleAsync(x => x.Id == runId, cancellationToken);
        if (!leases.HoldsHere(runId) && run.LeaseExpiresAt is { } expires)
        {
            await jobs.ScheduleAsync(
                runId, RunPhases.QueueOf(run.Phase, run.Request), new DateTimeOffset(expires.AddSeconds(1), TimeSpan.Zero), cancellationToken);
        }
    }

    private async Task<Run?> FindDueAsync(Guid runId, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        return await db.Runs.AsNoTracking().SingleOrDefaultAsync(x => x.Id == runId, cancellationToken) is { } run && IsDue(run) ? run : null;
    }

    private bool IsDue(Run run) =>
        run.Request is not null || (RunPhases.IsWorking(run.Phase) && run.DueAt <= (time.GetUtcNow() + EarlyTolerance).UtcDateTime);

    /// <summary>The run as it is afterwards, or null when nothing is to follow from here.</summary>
    private async Task<Run?> WorkAsync(Lease lease, CancellationToken stopping)
    {
        var work = await RunWork.LoadAsync(databases, runLog, lease, stopping);
        if (!IsDue(work.Run))
        {
            return null; // Another worker did it between the question and the lease.
        }

        if (!options.Queues.ContainsKey(RunPhases.QueueOf(work.Run.Phase, work.Run.Request)))
        {
            return work.Run; // Or brought it to where others go on.
        }

        if (work.Run.Request is not null)
        {
            return await ObeyAsync(work, stopping);
        }

        var step = _steps[work.Run.Phase];
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(stopping, step.StopsForRequestsOf(work) ? lease.Token : lease.Lost);
        try
        {
            if (GuestRehearsal.IsLeft(work.Run))
            {
                await rehearsals.EndLeftAsync(work, linked.Token);
            }

            var next = await step.RunAsync(work, linked.Token);
            await AdvanceAsync(work, next, lease.Lost);
        }
        catch (Exception e)
        {
            return await EndAsync(work, e, linked.Token, stopping);
        }

        return work.Run.Request is null ? work.Run : await ObeyAsync(work, stopping);
    }

    private async Task AdvanceAsync(RunWork work, RunPhase next, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var before = work.Run.Phase;
        var isFinal = RunPhases.IsFinal(next);
        var due = isFinal ? null : work.Next.From(now);
        var observes = next == RunPhase.Validating;
        var (seen, asked, waits) = (work.CutOverSeen, work.RehearsalSeen, next is RunPhase.Syncing or RunPhase.Ready);
        await work.UpdateAsync(
            set =>
            {
                if (waits)
                {
                    // In the same statement: a word that came while the step made up its mind counts, whatever it decided.
                    set.SetProperty(x => x.Phase, x => x.CutOverAt != null && x.CutOverAt != seen ? RunPhase.Ready : next);
                    set.SetProperty(x => x.DueAt, x => (x.CutOverAt != null && x.CutOverAt != seen) || (x.RehearsalAskedAt != null && x.RehearsalAskedAt != asked) ? now : due);
                }
                else
                {
                    set.SetProperty(x => x.Phase, next);
                    set.SetProperty(x => x.DueAt, x => observes && x.JudgeAskedAt != null ? now : due); // Likewise.
                }

                set.SetProperty(x => x.FinishedAt, isFinal ? now : null);
                set.SetProperty(x => x.TransientFailures, 0);
                if (before == RunPhase.Planned && next != before)
                {
                    set.SetProperty(x => x.StartedAt, now);
                }
            },
            cancellationToken);
        if (next != before)
        {
            LogPhase(log, work.Run.Id, work.Run.VmName, before, next);
            ExecutorTelemetry.PhaseChanges.Add(1, new KeyValuePair<string, object?>("phase", next.ToString()));
            await work.LogAsync(RunLog.Info, $"{before} is done; now {next}.", cancellationToken);
        }
    }

    /// <summary>Decides what a step's exception means for the run.</summary>
    private async Task<Run?> EndAsync(RunWork work, Exception exception, CancellationToken stepToken, CancellationToken stopping, bool isRollBack = false)
    {
        var lease = work.Lease;
        if (lease.End == LeaseEnd.Lost || exception is LeaseLostException)
        {
            LogLeaseLost(log, work.Run.Id, lease.Epoch);
            return null;
        }

        using var lastWords = new CancellationTokenSource(stopping.IsCancellationRequested ? LastWordsWhenStopping : LastWords, time);
        try
        {
            return await SayEndAsync(work, exception, isRollBack, stepToken, stopping, lastWords.Token);
        }
        catch (Exception e) when (DatabaseTrouble.Is(e) || (e is OperationCanceledException && lastWords.IsCancellationRequested))
        {
            LogUnsaid(log, work.Run.Id, work.Run.VmName, work.Run.Phase, e);
            return null; // Its row says that it is due: the reconciler asks for it when the database is back and the lease has run out.
        }
    }

    private async Task<Run?> SayEndAsync(
        RunWork work, Exception exception, bool isRollBack, CancellationToken stepToken, CancellationToken stopping, CancellationToken lastWords)
    {
        if (exception is OperationCanceledException && stepToken.IsCancellationRequested)
        {
            if (stopping.IsCancellationRequested)
            {
                await work.LogAsync(RunLog.Info, "The executor is stopping; the run goes on when it is back.", lastWords);
                return work.Run; // Still due.
            }

            await work.UpdateAsync(set => set.SetProperty(x => x.DueAt, time.GetUtcNow().UtcDateTime), lastWords); // Reads the request.
            return await ObeyAsync(work, stopping);
        }

        var failure = Failure.Of(exception);
        var before = work.HasProgressed ? 0 : work.Run.TransientFailures;
        if (failure.IsTransient && before < options.TransientRetries)
        {
            await PostponeAsync(work, failure, exception, before, lastWords);
        }
        else
        {
            await FailAsync(work, failure with { LeftBehind = [.. failure.LeftBehind, .. await leftovers.OfAsync(work, lastWords)] }, exception, isRollBack, lastWords);
        }

        return work.Run;
    }

    private async Task PostponeAsync(RunWork work, Failure failure, Exception exception, int before, CancellationToken cancellationToken)
    {
        var wait = options.TransientBackoff * Math.Pow(2, before);
        var due = time.GetUtcNow().UtcDateTime + wait;
        LogPostponed(log, work.Run.Id, work.Run.VmName, work.Run.Phase, failure.Code, wait, exception);
        await work.UpdateAsync(
            set => set.SetProperty(x => x.TransientFailures, before + 1).SetProperty(x => x.DueAt, due), cancellationToken);
        await work.LogAsync(
            RunLog.Warning,
            $"{failure.Message} Tried again in {wait.TotalSeconds:0} s (try {work.Run.TransientFailures} of {options.TransientRetries}).",
            cancellationToken);
    }

    private async Task FailAsync(RunWork work, Failure failure, Exception exception, bool isRollBack, CancellationToken cancellationToken)
    {
        var phase = work.Run.Phase;
        ExecutorTelemetry.Failures.Add(1, new KeyValuePair<string, object?>("code", failure.Code), new KeyValuePair<string, object?>("phase", phase.ToString()));
        ExecutorTelemetry.PhaseChanges.Add(1, new KeyValuePair<string, object?>("phase", nameof(RunPhase.Failed)));
        if (failure.IsDefect)
        {
            LogDefect(log, work.Run.Id, work.Run.VmName, phase, exception);
        }
        else
        {
            LogFailed(log, work.Run.Id, work.Run.VmName, phase, failure.Code, failure.Message);
        }

        await work.UpdateAsync(
            set =>
            {
                set.SetProperty(x => x.Phase, RunPhase.Failed);
                if (isRollBack)
                {
                    set.SetProperty(x => x.ResumePhase, RunPhase.RolledBack); // Part of what its phase needs is gone: there is only one way on.
                }
                else
                {
                    set.SetProperty(x => x.ResumePhase, x => x.Phase == RunPhase.Failed || x.Phase == RunPhase.Paused ? x.ResumePhase : x.Phase);
                }

                set.SetProperty(x => x.Request, (RunRequest?)null);
                set.SetProperty(x => x.ErrorCode, failure.Code);
                set.SetProperty(x => x.Error, failure.Message);
                set.SetProperty(x => x.Remedy, failure.Remedy);
                set.SetProperty(x => x.LeftBehind, failure.LeftBehindJson);
                set.SetProperty(x => x.DueAt, (DateTime?)null);
                set.SetProperty(x => x.FinishedAt, time.GetUtcNow().UtcDateTime);
            },
            cancellationToken);
        await work.LogAsync(RunLog.Error, $"{failure.Message} {failure.Remedy}", cancellationToken);
        foreach (var line in failure.LeftBehind)
        {
            await work.LogAsync(RunLog.Warning, $"Left behind: {line}", cancellationToken);
        }
    }
}
