namespace Migrate.Planner.Concerns.Rules;

internal sealed class Snapshots : IConcernRule
{
    public string Id => "vm.snapshots";

    public string Label => "Snapshots";

    public string Finds => "Warning when the VM has snapshots (only the current state is moved), Critical in a warm plan.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "Broadcom KB 1025279 (best practices for snapshots); Forklift vmware.snapshot.detected";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        int depth = context.Vm.Disks.Select(disk => disk.ParentCount).DefaultIfEmpty().Max();
        if (context.Vm.SnapshotCount == 0 && depth == 0)
        {
            yield break;
        }
        bool warm = context.Mode == MigrationMode.Warm;
        yield return this.Find(warm ? ConcernSeverity.Critical : ConcernSeverity.Warning, context.Vm.Name,
            $"The VM has {Words.Count(context.Vm.SnapshotCount, "snapshot")} and disk chains of up to {Words.Count(depth, "parent")}. Only the current state is moved" +
                (warm ? ", and changed block tracking that is turned on over existing snapshots gives wrong answers." : "; the disks must be read by an export, which is slower."),
            "Delete the snapshots (all of them consolidate) before the move, if nobody needs to go back to one.");
    }
}
