using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class VsanExport : IConcernRule
{
    public string Id => "vsan.export-only";

    public string Label => "vSAN gives no files";

    public string Finds => "Information for a disk on vSAN or VVol: it is an object, so that only VDDK, where the operator has it, or an export reads it.";

    public string Assessment => "Disks on vSAN and VVol are objects and no files, so that /folder has nothing to give: VDDK reads them through the host, or the slower export does, with which no warm move is possible.";

    public string Remedy => "Plan the window by the plan's expected rate, or start the server with VDDK (--vddk DIRECTORY) and make the plan again.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "Forklift documentation: vSAN needs VDDK; /folder has no flat files there";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (Datastore datastore in context.DiskDatastores.Where(datastore => datastore.IsVsan || datastore.Type.Equals("VVOL", StringComparison.OrdinalIgnoreCase)))
        {
            yield return context.Means.Vddk
                ? this.Find(ConcernSeverity.Information, datastore.Name,
                    $"{datastore.Name} is of type {datastore.Type}: disks are objects and no files, so VDDK reads them through the host, and nothing else could.",
                    "Keep VDDK configured until the wave is over.")
                : this.Find(ConcernSeverity.Information, datastore.Name,
                    $"{datastore.Name} is of type {datastore.Type}: disks are objects and no files, so the slower export reads them, and a warm move is not possible.",
                    "Plan the window by the plan's expected rate, or start the server with VDDK (--vddk DIRECTORY) and make the plan again.");
        }
    }
}
