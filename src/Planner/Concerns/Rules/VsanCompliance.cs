using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class VsanCompliance : IConcernRule
{
    public string Id => "vsan.policy-violated";

    public string Label => "Storage policy is violated";

    public string Finds => "Warning for a disk that does not comply with its storage policy: it has less redundancy than it should.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere API PbmComplianceStatus";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (VirtualDisk disk in context.Vm.Disks.Where(disk => disk.Policy?.Compliance is "nonCompliant"))
        {
            yield return this.Find(ConcernSeverity.Warning, disk.Label,
                $"{disk.Label} does not comply with its policy '{disk.Policy!.Name}': it has lost redundancy, and one more failure may lose it.",
                "Let vSAN repair the object before it is read.");
        }
    }
}
