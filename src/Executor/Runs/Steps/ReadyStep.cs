using Migrate.Executor.Rehearsals;
using Migrate.Executor.Runs.Gates;
using Migrate.Executor.Runs.Warm;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs.Steps;

/// <summary>
/// The guest of a cold run is down already: waiting before the cutover would only make its outage longer. A warm run waits here for its
/// window or for an operator's word, and goes back for a pass as often as its plan says. Neither begins its cutover while a gate is closed, but for a cold run that
/// has shut its guest down: it was held before that.
/// </summary>
public sealed class ReadyStep(CutoverGates gates, GuestRehearsal rehearsals, TimeProvider time) : IRunStep
{
    public RunPhase Phase => RunPhase.Ready;

    public bool StopsForRequests => true;

    public async Task<RunPhase> RunAsync(RunWork work, CancellationToken cancellationToken)
    {
        if (!work.IsWarm)
        {
            if (work.Run.DowntimeStartedAt is not null || await gates.HoldAsync(work, cancellationToken) is not { } held)
            {
                return RunPhase.CuttingOver;
            }

            work.Next = held;
            return RunPhase.Ready;
        }

        var now = time.GetUtcNow().UtcDateTime;
        if (GuestRehearsal.IsDue(work, now))
        {
            return await RehearseAsync(work, now, cancellationToken);
        }

        var lastPass = await work.LastPassEndedAtAsync(cancellationToken);
        var (phase, at) = WarmSchedule.Next(work.Run, work.Policy.Warm, lastPass, now);
        if (phase == RunPhase.CuttingOver && await gates.HoldAsync(work, cancellationToken) is { } hold)
        {
            (phase, at) = WarmSchedule.Next(work.Run, work.Policy.Warm, lastPass, now, held: true);
            at = hold.At < at || at is null ? hold.At : at;
        }

        work.Next = at <= now ? Due.AtOnce : Due.Later(at);
        return phase;
    }

    private async Task<RunPhase> RehearseAsync(RunWork work, DateTime now, CancellationToken cancellationToken)
    {
        if (!await rehearsals.TryRunAsync(work, cancellationToken))
        {
            work.Next = Due.Later(now + GuestRehearsal.Wait);
            return RunPhase.Ready;
        }

        if (GuestRehearsal.HoldsBack(work.Run, work.Policy.Warm is { Rehearse: true, CutOverWhenReady: true }))
        {
            await work.LogAsync(RunLog.Warning, "The plan would cut over by itself after a rehearsal that works. It waits for a word now: 'migrate run cutover', or 'migrate run rehearse' for another rehearsal.", cancellationToken);
        }

        // Meanwhile the source went on: what it wrote is copied before anything is decided by an old forecast.
        return work.Run.CutOverAt is null && work.Policy.Warm is { CutOverWhenReady: true } or { KeepInSync: true, PassIntervalSeconds: > 0 } ? RunPhase.Syncing : RunPhase.Ready;
    }
}
