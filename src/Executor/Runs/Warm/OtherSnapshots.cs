using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs.Warm;

/// <summary>Somebody else's snapshot, a backup's as a rule, stands against a pass for minutes or hours: that is waited for and no failure.</summary>
internal static class OtherSnapshots
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public static bool IsMeant(MigrateException exception) => exception.Code == "source.snapshot-foreign";

    /// <summary>The run stays in its phase and is due again later.</summary>
    public static async Task<RunPhase> WaitAsync(RunWork work, MigrateException exception, DateTime now, CancellationToken cancellationToken)
    {
        await work.LogAsync(RunLog.Warning, $"{exception.Message} The pass is tried again in {Patience.TotalMinutes:0} minutes.", cancellationToken);
        work.Next = Due.Later(now + Patience);
        return work.Run.Phase;
    }
}
