using Migrate.Executor.Jobs;
using Migrate.Executor.Rehearsals;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs;

/// <summary>The part that does what operators ask: only the holder of the lease changes a run's phase.</summary>
public sealed partial class RunStepper
{
    private async Task<Run?> ObeyAsync(RunWork work, CancellationToken stopping)
    {
        if (work.Run.Request is not { } request)
        {
            return work.Run; // Taken back in the meantime.
        }

        if (request is RunRequest.RollBack or RunRequest.RollBackAndDeleteData && !options.Queues.ContainsKey(JobQueue.Control))
        {
            return work.Run; // It needs the KVM host: left to the server, which is asked next.
        }

        LogRequest(log, work.Run.Id, work.Run.VmName, request, work.Run.Phase);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(stopping, work.Lease.Lost);
        try
        {
            if (GuestRehearsal.IsLeft(work.Run))
            {
                await rehearsals.EndLeftAsync(work, linked.Token); // It goes first: it has the disks.
            }

            if (request == RunRequest.Pause)
            {
                await PauseAsync(work, linked.Token);
            }
            else if (request == RunRequest.Sync)
            {
                await SyncAsync(work, linked.Token);
            }
            else
            {
                await (await rollBack.RunAsync(work, request == RunRequest.RollBackAndDeleteData, linked.Token) ? MarkRolledBackAsync(work, linked.Token) : ForgetRollBackAsync(work, linked.Token));
            }
        }
        catch (Exception e)
        {
            return await EndAsync(work, e, linked.Token, stopping, isRollBack: request is RunRequest.RollBack or RunRequest.RollBackAndDeleteData);
        }

        return work.Run;
    }

    /// <summary>A pass now. In every phase but Ready one is under way or due anyway, or the time for passes is over.</summary>
    private async Task SyncAsync(RunWork work, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await work.UpdateAsync(
            set => set
                .SetProperty(x => x.Phase, x => x.Phase == RunPhase.Ready ? RunPhase.Syncing : x.Phase)
                .SetProperty(x => x.DueAt, x => x.Phase == RunPhase.Ready || x.Phase == RunPhase.Syncing ? now : x.DueAt)
                .SetProperty(x => x.Request, (RunRequest?)null),
            cancellationToken);
    }

    private async Task PauseAsync(RunWork work, CancellationToken cancellationToken)
    {
        if (!RunPhases.IsWorking(work.Run.Phase))
        {
            await work.UpdateAsync(set => set.SetProperty(x => x.Request, (RunRequest?)null), cancellationToken);
            return; // Finished, failed or paused before the request was seen: nothing is left to pause.
        }

        await passes.ReleaseAsync(work, "The run is paused.", cancellationToken);

        await work.UpdateAsync(
            set => set
                .SetProperty(x => x.ResumePhase, x => x.Phase)
                .SetProperty(x => x.Phase, RunPhase.Paused)
                .SetProperty(x => x.Request, (RunRequest?)null)
                .SetProperty(x => x.DueAt, (DateTime?)null),
            cancellationToken);
        await work.LogAsync(RunLog.Info, $"Paused in {work.Run.ResumePhase}.", cancellationToken);
    }

    /// <summary>Nothing was done: the run goes on as if nobody had asked.</summary>
    private static Task ForgetRollBackAsync(RunWork work, CancellationToken cancellationToken)
    {
        var works = RunPhases.IsWorking(work.Run.Phase);
        return work.UpdateAsync(
            set => set
                .SetProperty(x => x.Request, (RunRequest?)null)
                .SetProperty(x => x.DiscardLimit, (long?)null)
                .SetProperty(x => x.RollBack, (string?)null)
                .SetProperty(x => x.DueAt, x => works ? x.DueAt : null),
            cancellationToken);
    }

    private async Task MarkRolledBackAsync(RunWork work, CancellationToken cancellationToken)
    {
        await work.UpdateAsync(
            set => set
                .SetProperty(x => x.Phase, RunPhase.RolledBack)
                .SetProperty(x => x.Request, (RunRequest?)null)
                .SetProperty(x => x.DueAt, (DateTime?)null)
                .SetProperty(x => x.FinishedAt, time.GetUtcNow().UtcDateTime),
            cancellationToken);
        await work.LogAsync(RunLog.Info, "Rolled back.", cancellationToken);
    }
}
