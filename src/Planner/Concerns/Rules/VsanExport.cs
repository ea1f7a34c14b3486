using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class VsanExport : IConcernRule
{
    public string Id => "vsan.export-only";

    public string Label => "vSAN gives disks only by export";

    public string Finds => "Information for a disk on vSAN or VVol: it is an object, so only an export reads it.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "Forklift documentation: vSAN needs VDDK; /folder has no flat files there";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (Datastore datastore in context.DiskDatastores.Where(datastore => datastore.IsVsan || datastore.Type.Equals("VVOL", StringComparison.OrdinalIgnoreCase)))
        {
            yield return this.Find(ConcernSeverity.Information, datastore.Name,
                $"{datastore.Name} is of type {datastore.Type}: disks are objects and no files, so the slower export reads them.",
                "Plan the window by the plan's expected rate.");
        }
    }
}
