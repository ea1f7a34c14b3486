namespace Migrate.Planner.Concerns.Rules;

internal sealed class SnapshotsLocked : IConcernRule
{
    public string Id => "vm.snapshots-locked";

    public string Label => "Snapshots are not allowed";

    public string Finds => "Warning when vSphere allows no snapshot of the VM; Critical in a warm plan, which needs them.";

    public string Assessment => "vSphere allows no snapshot of the VM: nothing can be copied while it runs.";

    public string Remedy => "Move the VM cold, or allow snapshots.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "vSphere API VirtualMachineConfigInfo.flags.snapshotDisabled, snapshotLocked";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.State.SnapshotsDisabled || context.Vm.State.SnapshotsLocked)
        {
            yield return this.Find(context.Mode == MigrationMode.Warm ? ConcernSeverity.Critical : ConcernSeverity.Warning, context.Vm.Name,
                $"Snapshots of the VM are {(context.Vm.State.SnapshotsDisabled ? "disabled" : "locked")} in vSphere: nothing can be copied while it runs.",
                Remedy);
        }
    }
}
