using Migrate.Executor.Runs;
using Migrate.Executor.Runs.KeepBehind;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Reports.HandOver;

/// <summary>How a VM goes back to its source.</summary>
internal static class WayBack
{
    public static HandOverWayBack Of(Run run)
    {
        if (run.Phase == RunPhase.RolledBack)
        {
            return new HandOverWayBack(false, "The run was rolled back: the VM is its source again.", $"Done {Text.Time(run.FinishedAt)}.", []);
        }

        var mayHaveRun = run.DomainName is not null || RunPhases.SinceCutover.Contains(run.Phase);
        var counted = BehindRecord.Read(run.Behind);
        List<HandOverCommand> commands = [];
        if (counted is not null)
        {
            commands.Add(new($"migrate run changes {run.Id}", "Tells how much the guest has changed since its cutover."));
            commands.Add(new($"migrate run rollback {run.Id} --discard-at-most BYTES --reason WHY", "Goes back if no more than that is lost."));
        }

        commands.Add(new(
            $"migrate run rollback {run.Id}{(mayHaveRun ? " --discard-changes" : "")} --reason WHY", mayHaveRun ? "Goes back, whatever the guest has written since its cutover: that is lost." : "Goes back; nothing is lost, since no domain has run."));
        commands.Add(new($"migrate run rollback {run.Id}{(mayHaveRun ? " --discard-changes" : "")} --delete-data --reason WHY", "The same, and deletes what was copied."));
        return new HandOverWayBack(
            true,
            "The domain is ended, its disks are taken from it, the source is made as it was and powered on if the run shut it down. The source goes on from where it was."
                + (mayHaveRun ? $" What the guest has written here since its cutover is lost. {(counted is null ? "How much that is, is not counted (the plan was made without --keep-behind)." : ChangesBehind.Says(counted))}" : ""),
            "As long as the source VM and its datastores are kept, and this run is not removed: this program deletes neither. Nobody else is told to keep them.",
            commands);
    }
}
