namespace Migrate.Planner.Concerns.Rules;

internal sealed class DuplicateName : IConcernRule
{
    public string Id => "vm.duplicate-name";

    public string Label => "Name of several VMs";

    public string Finds => "Warning when another VM of the inventory has the same name; Critical when the plan moves both to one host.";

    public string Assessment => "libvirt has one domain of a name on a host. On different hosts, people confuse them.";

    public string Remedy => "Rename one of them in vSphere and synchronise, or move them to different hosts.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "libvirt refuses two domains of one name";

    public bool CanBeOverridden => false;

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Neighbours.Others(SharedThing.Name, context.Vm.Name, context.Vm).Where(other => other.Name == context.Vm.Name).ToList() is { Count: > 0 } others)
        {
            bool both = others.Any(other => context.Plan?.Has(other.Key) == true);
            yield return this.Find(both ? ConcernSeverity.Critical : ConcernSeverity.Warning, context.Vm.Name,
                $"{Words.Count(others.Count, "other VM")} of the source (in {string.Join(", ", others.Select(other => $"{other.Datacenter}/{other.Folder}"))}) {(others.Count == 1 ? "is" : "are")} called '{context.Vm.Name}', too. libvirt has one domain of a name on a host.",
                Remedy);
        }
    }
}
