namespace Migrate.Planner.Concerns.Rules;

internal sealed class ConsolidationNeeded : IConcernRule
{
    public string Id => "vm.consolidation-needed";

    public string Label => "Disks need consolidation";

    public string Finds => "Warning when vSphere says that the VM's disks need consolidation.";

    public string Assessment => "A snapshot was removed and its files were not merged: the disks are chains although no snapshot is listed, and they may grow until the datastore is full.";

    public string Remedy => "Run Consolidate on the VM in vSphere and synchronise.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "Broadcom KB 2003638 (consolidating snapshots); Forklift vmware.consolidation_needed";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.ConsolidationNeeded)
        {
            yield return this.Find(ConcernSeverity.Warning, context.Vm.Name,
                Assessment,
                Remedy);
        }
    }
}
