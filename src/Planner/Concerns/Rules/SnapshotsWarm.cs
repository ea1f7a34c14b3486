namespace Migrate.Planner.Concerns.Rules;

internal sealed class SnapshotsWarm : IConcernRule
{
    public string Id => "vm.snapshots-warm";

    public string Label => "Snapshots in a warm plan";

    public string Finds => "Critical in a warm plan when the VM has snapshots.";

    public string Assessment => "Changed block tracking that is turned on over existing snapshots gives wrong answers, and since vSphere 6.5 no error says so: changes would be lost.";

    public string Remedy => "Delete the snapshots (all of them consolidate) and synchronise, or move the VM cold.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "Broadcom KB 1020128 (tracking enabled over snapshots); Forklift plan condition VMHasSnapshots";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Mode == MigrationMode.Warm && Snapshots.Has(context.Vm))
        {
            yield return this.Find(ConcernSeverity.Critical, context.Vm.Name,
                $"The VM has {(context.Vm.SnapshotCount > 0 ? Words.Count(context.Vm.SnapshotCount, "snapshot") : "disks that are chains")}, over which change tracking gives wrong answers: what changed since a pass could be left out.", Remedy);
        }
    }
}
