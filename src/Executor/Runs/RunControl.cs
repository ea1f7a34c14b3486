using System.Diagnostics;
using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Query;
using Migrate.Executor.Jobs;
using Migrate.Executor.Runs.Gates;
using Migrate.Executor.Runs.KeepBehind;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs;

/// <summary>
/// What an operator may ask of a run. Each answers with the run as it is then; a request to a run that is being worked on is
/// obeyed by the worker, within seconds. Asking for what cannot be done in the run's phase throws <c>run.wrong-phase</c>;
/// an unknown run <c>run.unknown</c>.
/// </summary>
public sealed class RunControl(IDbContextFactory<MigrateDb> databases, LeaseStore leases, CutoverGates gates, ChangesBehind behind, IJobEngine jobs, RunLog log, TimeProvider time)
{
    private const string RolledBack = "rolled back";
    private const string CutOver = "cut over";
    private const string Withdrawn = "kept from its cutover";
    private const string TwoCopies = "run.two-copies";

    /// <summary>Goes on with a Failed run in the phase that failed; what was copied stays copied.</summary>
    public async Task<Run> RetryAsync(Guid runId, CancellationToken cancellationToken)
    {
        var run = await ChangeAsync(
            runId,
            "retried",
            x => x.Phase == RunPhase.Failed && x.ResumePhase != RunPhase.RolledBack && x.Request == null,
            set => set
                .SetProperty(x => x.Phase, x => x.ResumePhase)
                .SetProperty(x => x.Attempt, x => x.Attempt + 1)
                .SetProperty(x => x.TransientFailures, 0)
                // Told of both copies, the operator has decided for the domain.
                .SetProperty(x => x.SourceAtRest, x => x.ErrorCode == TwoCopies ? null : x.SourceAtRest)
                .SetProperty(x => x.ErrorCode, (string?)null)
                .SetProperty(x => x.Error, (string?)null)
                .SetProperty(x => x.Remedy, (string?)null)
                .SetProperty(x => x.LeftBehind, "[]")
                .SetProperty(x => x.FinishedAt, (DateTime?)null)
                .SetProperty(x => x.DueAt, time.GetUtcNow().UtcDateTime),
            cancellationToken);
        await log.WriteAsync(runId, run.Phase, RunLog.Info, $"Retried from {run.Phase}, attempt {run.Attempt}.", cancellationToken);
        return await WakeAsync(run, cancellationToken);
    }

    /// <summary>Tries at once what was put off after a transient failure.</summary>
    public async Task<Run> HurryAsync(Guid runId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var run = await ChangeAsync(
            runId,
            "tried again",
            x => RunPhases.Working.Contains(x.Phase) && x.Request == null && x.DueAt > now && (x.LeaseOwner == null || x.LeaseExpiresAt < now),
            set => set.SetProperty(x => x.DueAt, now),
            cancellationToken);
        await log.WriteAsync(runId, run.Phase, RunLog.Info, $"{run.Phase} is tried at once.", cancellationToken);
        return await WakeAsync(run, cancellationToken);
    }

    public async Task<Run> PauseAsync(Guid runId, CancellationToken cancellationToken)
    {
        var run = await ChangeAsync(
            runId,
            "paused",
            x => RunPhases.Working.Contains(x.Phase) && (x.Request == null || x.Request == RunRequest.Pause),
            set => set.SetProperty(x => x.Request, RunRequest.Pause).SetProperty(x => x.DueAt, time.GetUtcNow().UtcDateTime),
            cancellationToken);
        return await WakeAsync(run, cancellationToken);
    }

    public async Task<Run> ResumeAsync(Guid runId, CancellationToken cancellationToken)
    {
        var run = await ChangeAsync(
            runId,
            "resumed",
            x => x.Phase == RunPhase.Paused && x.Request == null,
            set => set
                .SetProperty(x => x.Phase, x => x.ResumePhase)
                .SetProperty(x => x.TransientFailures, 0)
                .SetProperty(x => x.DueAt, time.GetUtcNow().UtcDateTime),
            cancellationToken);
        await log.WriteAsync(runId, run.Phase, RunLog.Info, $"Resumed in {run.Phase}.", cancellationToken);
        return await WakeAsync(run, cancellationToken);
    }

    /// <summary>
    /// Lets a warm run make its last pass and cut over: at <paramref name="at"/> (UTC), or at once when that is null. A run that is not Ready
    /// is refused with <c>run.not-ready</c>, unless <paramref name="force"/> says that a longer downtime is accepted; one that any other gate holds with
    /// <c>run.gates-closed</c>, which names all of them. A cold run that waits for its window is let through by force.
    /// </summary>
    public async Task<Run> CutOverAsync(Guid runId, DateTime? at, bool force, ApproversWord word, CancellationToken cancellationToken)
    {
        word.Check("A cutover");
        var now = time.GetUtcNow().UtcDateTime;
        var when = at is { } later && later > now ? later : now;
        var closed = (await gates.OfRunAsync(runId, when, force, cancellationToken))
            // What comes before it may have moved by then; it is asked again.
            .Where(x => x.IsClosed && (x.Id != CutoverGate.Order || when <= now)).ToList();
        if (closed.Any(x => x.Id != CutoverGate.Ready))
        {
            throw new MigrateException(
                "run.gates-closed", $"The cutover is held. {CutoverGates.Lines(closed)}", string.Join(" ", closed.Select(x => $"{x.Id}: {x.Remedy}")));
        }

        var isCold = await gates.IsColdAsync(runId, cancellationToken);
        var run = await ChangeAsync(
            runId,
            CutOver,
            x => x.Request == null && (isCold
                ? force && (x.Phase == RunPhase.Ready || x.Phase == RunPhase.Preparing)
                : x.TrackingPhase != null && (x.Phase == RunPhase.Ready || (x.Phase == RunPhase.Syncing && (force || x.ReadyAt != null)))),
            set => set
                .SetProperty(x => x.CutOverAt, when)
                .SetProperty(x => x.CutOverForced, force)
                // One that is in the middle of a pass reads it when that is through.
                .SetProperty(x => x.Phase, x => x.Phase == RunPhase.Syncing && x.LeaseOwner == null ? RunPhase.Ready : x.Phase)
                .SetProperty(x => x.DueAt, x => x.LeaseOwner == null ? now : x.DueAt),
            cancellationToken);
        await log.WriteAsync(runId, run.Phase, RunLog.Info, $"To be cut over {(when > now ? $"at {when:u}" : "now")}, {word}", cancellationToken);
        return await WakeAsync(run, cancellationToken);
    }

    /// <summary>Records that the VM may be cut over, and lets a run that waits for that look again.</summary>
    /// <exception cref="MigrateException">run.approval-reason, run.wrong-phase, run.unknown.</exception>
    public async Task<Run> ApproveAsync(Guid runId, string reason, string by, CancellationToken cancellationToken)
    {
        if (reason.Trim().Length < ApproversWord.ShortestReason)
        {
            throw new MigrateException("run.approval-reason", "An approval needs a reason.", $"Say in {ApproversWord.ShortestReason} characters or more what was looked at; it is shown with the run.");
        }

        var now = time.GetUtcNow().UtcDateTime;
        var approval = new CutoverApproval(by, now, reason.Trim()).Write();
        var run = await ChangeAsync(
            runId,
            "approved",
            x => x.LastPassAt == null && x.HandedOverAt == null && x.Phase != RunPhase.CuttingOver && x.Phase != RunPhase.Validating && x.Phase != RunPhase.Completed && x.Phase != RunPhase.RolledBack,
            set => set.SetProperty(x => x.Approval, approval)
                .SetProperty(x => x.DueAt, x => x.LeaseOwner == null && (x.Phase == RunPhase.Ready || x.Phase == RunPhase.Preparing) ? now : x.DueAt),
            cancellationToken);
        await log.WriteAsync(runId, run.Phase, RunLog.Info, $"The cutover is approved by {by}: {reason.Trim()}", cancellationToken);
        return await WakeAsync(run, cancellationToken);
    }

    /// <summary>
    /// Takes back an approval of the cutover and an operator's word for it, as long as the guest was not asked to shut down. The run waits for both again, where its
    /// plan wants them; passes go on.
    /// </summary>
    /// <exception cref="MigrateException">run.reason-missing, run.nothing-given, run.wrong-phase, run.unknown.</exception>
    public async Task<Run> WithdrawAsync(Guid runId, ApproversWord word, CancellationToken cancellationToken)
    {
        word.Check("A withdrawal");
        var now = time.GetUtcNow().UtcDateTime;
        var run = await ChangeAsync(
            runId,
            Withdrawn,
            x => (x.Approval != null || x.CutOverAt != null) && x.DowntimeStartedAt == null && x.LastPassAt == null && x.HandedOverAt == null && x.DomainName == null
                && x.Phase != RunPhase.CuttingOver && x.Phase != RunPhase.Validating && x.Phase != RunPhase.Completed && x.Phase != RunPhase.RolledBack,
            set => set.SetProperty(x => x.Approval, (string?)null).SetProperty(x => x.CutOverAt, (DateTime?)null).SetProperty(x => x.CutOverForced, false)
                // What a forced word let through goes on with its passes.
                .SetProperty(x => x.Phase, x => x.LeaseOwner == null && x.Phase == RunPhase.Ready && x.ReadyAt == null && x.TrackingPhase != null ? RunPhase.Syncing : x.Phase)
                .SetProperty(x => x.DueAt, x => x.LeaseOwner == null && x.Phase == RunPhase.Ready ? now : x.DueAt),
            cancellationToken);
        await log.WriteAsync(runId, run.Phase, RunLog.Warning, $"The approval of its cutover and the word for it are taken back, {word}", cancellationToken);
        return await WakeAsync(run, cancellationToken);
    }

    /// <summary>Records that the plan goes on in spite of the run's failed verdict: it no longer holds later waves. The same word twice is one.</summary>
    /// <exception cref="MigrateException">run.acceptance-reason, run.verdict-not-failed, run.verdict-accepted, run.unknown.</exception>
    public async Task<Run> AcceptVerdictAsync(Guid runId, string reason, string by, CancellationToken cancellationToken)
    {
        if (reason.Trim().Length < ApproversWord.ShortestReason)
        {
            throw new MigrateException("run.acceptance-reason", "A failed verdict is accepted with a reason.", $"Say in {ApproversWord.ShortestReason} characters or more why the plan goes on; it is shown with the run and in its reports.");
        }

        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var run = await db.Runs.AsNoTracking().SingleOrDefaultAsync(x => x.Id == runId, cancellationToken)
            ?? throw new MigrateException("run.unknown", $"There is no run {runId}.", "List the runs and use one of their ids.");
        var failed = FailedVerdict.Of(run) ?? throw new MigrateException(
            "run.verdict-not-failed", $"The run of '{run.VmName}' has {(run.Outcome is null ? "no verdict" : $"the verdict {run.Outcome}")}; there is nothing to accept.", "Only a verdict of Fail holds later waves. See 'migrate run show'.");
        if (failed.Accepted is { } before)
        {
            return before.By == by && before.Reason == reason.Trim() ? run : throw new MigrateException(
                "run.verdict-accepted", $"The verdict of '{run.VmName}' was accepted already, by {before.By} on {before.At:u}: {before.Reason}", "Nothing is left to do: it holds no wave.");
        }

        var acceptance = new VerdictAcceptance(by, time.GetUtcNow().UtcDateTime, reason.Trim(), failed.JudgedAt).Write();
        if (await db.Runs.Where(x => x.Id == runId && x.VerdictAcceptance == run.VerdictAcceptance).ExecuteUpdateAsync(set => set.SetProperty(x => x.VerdictAcceptance, acceptance), cancellationToken) == 0)
        {
            throw new MigrateException("run.verdict-accepted", $"The verdict of '{run.VmName}' was accepted by somebody else at the same moment.", "See 'migrate run show'; nothing is left to do if it was.");
        }

        await log.WriteAsync(runId, run.Phase, RunLog.Warning, $"The verdict of Fail is accepted by {by}: {reason.Trim()} Later waves of the plan may go on.", cancellationToken);
        run.VerdictAcceptance = acceptance;
        return run;
    }

    /// <summary>Judges a run that is observed by what is known of it now, whatever its plan allows beyond.</summary>
    public async Task<Run> JudgeAsync(Guid runId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var run = await ChangeAsync(
            runId,
            "judged",
            x => x.Phase == RunPhase.Validating && x.Request == null,
            set => set
                .SetProperty(x => x.JudgeAskedAt, x => x.JudgeAskedAt ?? now)
                .SetProperty(x => x.DueAt, x => x.LeaseOwner == null ? now : x.DueAt),
            cancellationToken);
        await log.WriteAsync(runId, run.Phase, RunLog.Info, "The verdict was asked for: from what is observed until now.", cancellationToken);
        return await WakeAsync(run, cancellationToken);
    }

    /// <summary>A pass of a warm run now, whatever its schedule says.</summary>
    public async Task<Run> SyncAsync(Guid runId, CancellationToken cancellationToken)
    {
        var run = await ChangeAsync(
            runId,
            "synchronised",
            x => x.TrackingPhase != null && (x.Phase == RunPhase.Ready || x.Phase == RunPhase.Syncing) && (x.Request == null || x.Request == RunRequest.Sync),
            set => set.SetProperty(x => x.Request, RunRequest.Sync).SetProperty(x => x.DueAt, time.GetUtcNow().UtcDateTime),
            cancellationToken);
        return await WakeAsync(run, cancellationToken);
    }

    /// <summary>
    /// Rehearses the cutover of a warm run from what its last pass copied, while its source goes on; a run that is not Ready yet does it when it is.
    /// </summary>
    public async Task<Run> RehearseAsync(Guid runId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var run = await ChangeAsync(
            runId,
            "rehearsed",
            x => x.TrackingPhase != null && (x.Phase == RunPhase.Ready || x.Phase == RunPhase.Syncing) && (x.CutOverAt == null || x.CutOverAt > now) && x.Request == null,
            set => set
                .SetProperty(x => x.RehearsalAskedAt, now)
                .SetProperty(x => x.DueAt, x => x.LeaseOwner == null ? now : x.DueAt),
            cancellationToken);
        await log.WriteAsync(runId, run.Phase, RunLog.Info, run.Phase == RunPhase.Ready ? "A rehearsal was asked for." : "A rehearsal was asked for: when the run is Ready.", cancellationToken);
        return await WakeAsync(run, cancellationToken);
    }

    /// <summary>
    /// Removes the domain and powers the source on again if the run shut it down. The copied data stays unless
    /// <paramref name="deleteData"/>; ends in RolledBack. The source goes on from where it was shut down, so what a domain has
    /// written since is lost to it: once a domain may have run that takes <paramref name="discardChanges"/>, else
    /// <c>run.changes-unconfirmed</c> is thrown.
    /// </summary>
    public Task<Run> RollBackAsync(Guid runId, bool deleteData, bool discardChanges, ApproversWord word, CancellationToken cancellationToken) =>
        RollBackAsync(runId, deleteData, discardChanges, most: null, word, cancellationToken);

    /// <inheritdoc cref="RollBackAsync(Guid, bool, bool, ApproversWord, CancellationToken)"/>
    /// <param name="runId">Its id.</param>
    /// <param name="deleteData">Deletes what was copied as well.</param>
    /// <param name="discardChanges">All that the guest has changed may be lost.</param>
    /// <param name="most">So many bytes may be lost of a domain whose changes are counted: looked at now, and once more when its guest is stopped. Null: none, which needs no word.</param>
    /// <param name="word">Who wants it, and why.</param>
    /// <param name="cancellationToken">Ends the look.</param>
    public async Task<Run> RollBackAsync(Guid runId, bool deleteData, bool discardChanges, long? most, ApproversWord word, CancellationToken cancellationToken)
    {
        word.Check("A roll-back");
        long? limit = null;
        BehindRecord? known = null;
        if (!discardChanges)
        {
            known = await behind.ReadAsync(runId, cancellationToken);
            limit = known is { LostAt: null } && known.Bytes <= (most ?? 0) ? most ?? 0 : null;
        }

        var run = await ChangeAsync(
            runId,
            RolledBack,
            x => x.Phase != RunPhase.RolledBack
                && (discardChanges || limit != null || (x.DomainName == null && !RunPhases.SinceCutover.Contains(x.Phase))),
            AskFor(deleteData, limit),
            cancellationToken,
            known);
        await log.WriteAsync(runId, run.Phase, RunLog.Warning, $"To be rolled back{(deleteData ? ", and what was copied deleted" : "")}, {word}", cancellationToken);
        return await WakeAsync(run, cancellationToken);
    }

    private Action<UpdateSettersBuilder<Run>> AskFor(bool deleteData, long? limit)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var begun = RollBackClock.Begin(now);
        return set => set
            .SetProperty(x => x.Request, deleteData ? RunRequest.RollBackAndDeleteData : RunRequest.RollBack)
            .SetProperty(x => x.DiscardLimit, limit)
            .SetProperty(x => x.RollBack, begun)
            .SetProperty(x => x.DueAt, now);
    }

    /// <summary>Changes the run if it still meets the condition: one statement, so that a worker's change in between is not overwritten.</summary>
    private async Task<Run> ChangeAsync(
        Guid runId, string what, Expression<Func<Run, bool>> condition, Action<UpdateSettersBuilder<Run>> set, CancellationToken cancellationToken, BehindRecord? known = null)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var trace = Activity.Current?.Id;
        var changed = await db.Runs.Where(x => x.Id == runId).Where(condition).ExecuteUpdateAsync(
            setters =>
            {
                set(setters);
                setters.SetProperty(x => x.TraceParent, x => trace ?? x.TraceParent);
            },
            cancellationToken);
        var run = await db.Runs.AsNoTracking().SingleOrDefaultAsync(x => x.Id == runId, cancellationToken)
            ?? throw new MigrateException("run.unknown", $"There is no run {runId}.", "List the runs and use one of their ids.");
        if (changed == 0)
        {
            if (what == RolledBack && run.Phase != RunPhase.RolledBack)
            {
                throw new MigrateException(
                    "run.changes-unconfirmed",
                    $"The domain of '{run.VmName}' may have run since the cutover (the run is {run.Phase}); rolling back returns to the source as it was before and loses what the guest has written since. {ChangesBehind.Says(known)}",
                    known is { LostAt: null }
                        ? $"Save what matters from the guest first. Then roll back again and confirm how much may be lost at most: --discard-at-most {known.Bytes}, or more if the guest goes on writing (discardBytes in the API); --discard-changes confirms whatever it is."
                        : "Save what matters from the guest first. Then roll back again and confirm: --discard-changes, or discardChanges=true in the API.");
            }

            if (what == CutOver && run is { Phase: RunPhase.Syncing, TrackingPhase: not null, ReadyAt: null })
            {
                throw new MigrateException(
                    "run.not-ready",
                    $"The run of '{run.VmName}' is not Ready: by the forecast its last pass takes longer than its plan allows.",
                    "See its forecast, and wait for another pass; or accept a longer downtime: --force, or force=true in the API.");
            }

            if (what == Withdrawn && run is { Approval: null, CutOverAt: null } && !RunPhases.IsFinal(run.Phase))
            {
                throw new MigrateException(
                    "run.nothing-given", $"Nobody has approved the cutover of '{run.VmName}' or given a word for it; there is nothing to take back.",
                    "To keep a run from a cutover that its plan makes by itself, pause it: migrate run pause.");
            }

            if (what == Withdrawn && run.DowntimeStartedAt is not null && RunPhases.IsWorking(run.Phase))
            {
                throw new MigrateException(
                    "run.going-down", $"The guest of '{run.VmName}' was asked to shut down already; a word for its cutover cannot be taken back any more.", "Pause the run to stop what follows, or roll it back.");
            }

            var asked = run.Request is { } request ? $" and was asked to {request}" : "";
            throw new MigrateException(
                "run.wrong-phase", $"The run of '{run.VmName}' is {run.Phase}{asked}; it cannot be {what} now.", Remedy(run));
        }

        return run;
    }

    private static string Remedy(Run run) => run.Phase switch
    {
        _ when run.Request is not null => "Wait until it has done what it was asked for.",
        RunPhase.Failed when run.ResumePhase == RunPhase.RolledBack => "Its roll-back failed half-way: remove the cause and roll it back again.",
        RunPhase.Failed => "A failed run can be retried or rolled back.",
        RunPhase.Paused => "A paused run can be resumed or rolled back.",
        RunPhase.Completed => "A completed run can only be rolled back.",
        RunPhase.RolledBack => "Start its wave again to migrate the VM.",
        RunPhase.Ready or RunPhase.Syncing when run.TrackingPhase is not null => "It can be synchronised, rehearsed, cut over, paused or rolled back.",
        _ => "A running run can be paused or rolled back. A pass or a cutover can be asked for of a warm run that is Syncing or Ready.",
    };

    private async Task<Run> WakeAsync(Run run, CancellationToken cancellationToken)
    {
        leases.Poke(run.Id);
        if (run.DueAt is not null)
        {
            await jobs.ScheduleAsync(run.Id, RunPhases.QueueOf(run.Phase, run.Request), time.GetUtcNow(), cancellationToken);
        }

        return run;
    }
}
