namespace Migrate.Planner.Concerns.Rules;

internal sealed class ChangeTrackingOff : IConcernRule
{
    public string Id => "vm.cbt-off";

    public string Label => "Changed block tracking is off";

    public string Finds => "Warning when changed block tracking is off for the VM; only a warm move needs it, and a VM of files cannot have one.";

    public string Assessment => "Without changed block tracking no pass can tell what changed since the last one. A cold move does not need it; a warm run turns it on, and off again at its end.";

    public string Remedy => "Let the run turn it on (this makes and removes a snapshot), or turn it on yourself (ctkEnabled); nothing is needed for a cold move.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "Broadcom KB 1031873 (changed block tracking); Forklift vmware.changed_block_tracking.disabled";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.ChangeTrackingEnabled || context.OfFiles)
        {
            yield break;
        }
        yield return context.Mode == MigrationMode.Warm
            ? this.Find(ConcernSeverity.Warning, context.Vm.Name,
                "Changed block tracking is off. A warm move needs it: without, no pass can tell what changed since the last one.",
                "Let the run turn it on (this makes and removes a snapshot), or turn it on yourself (ctkEnabled).")
            : this.Find(ConcernSeverity.Warning, context.Vm.Name,
                "Changed block tracking is off. A cold move, as planned, does not need it; a warm one would turn it on.",
                "Nothing for this plan.");
    }
}
