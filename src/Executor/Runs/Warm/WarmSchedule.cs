using Migrate.Executor.Rehearsals;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Runs.Warm;

/// <summary>What a run that is Ready does next, and when. Pure: everything is in the run, its policy and the moment.</summary>
public static class WarmSchedule
{
    /// <param name="run">That is Ready.</param>
    /// <param name="policy">Of its plan.</param>
    /// <param name="lastPassAt">When the last pass ended; null when none is known.</param>
    /// <param name="now">UTC.</param>
    /// <param name="held">A gate of the cutover is closed: passes go on meanwhile.</param>
    /// <returns>The phase to go on in, and when: at once when <paramref name="now"/>; null: when somebody asks for something.</returns>
    public static (RunPhase Phase, DateTime? At) Next(Run run, WarmPolicy policy, DateTime? lastPassAt, DateTime now, bool held = false)
    {
        var cutOver = held ? null : run.CutOverAt ?? (policy.CutOverWhenReady && !GuestRehearsal.HoldsBack(run, policy.Rehearse) ? Max(policy.CutOverNotBefore ?? now, now) : null);
        if (cutOver <= now)
        {
            return (RunPhase.CuttingOver, now);
        }

        var pass = policy is { KeepInSync: true, PassIntervalSeconds: > 0 } ? (lastPassAt ?? now).AddSeconds(policy.PassIntervalSeconds) : (DateTime?)null;
        return pass <= now ? (RunPhase.Syncing, now)
            : (RunPhase.Ready, (pass, cutOver) switch
            {
                ({ } a, { } b) => a < b ? a : b,
                _ => pass ?? cutOver,
            });
    }

    private static DateTime Max(DateTime a, DateTime b) => a > b ? a : b;
}
