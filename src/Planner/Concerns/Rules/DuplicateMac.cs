using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class DuplicateMac : IConcernRule
{
    public string Id => "nic.duplicate-mac";

    public string Label => "MAC address of several VMs";

    public string Finds => "Warning when another VM of the inventory has a NIC with the same MAC address; Critical when the plan moves both.";

    public string Assessment => "The domain keeps the MAC address. Two machines of one address on a network are both reached by chance only.";

    public string Remedy => "Give one of the NICs another MAC address in vSphere, and synchronise.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "Forklift plan condition MacConflicts; the domain keeps the MAC address";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (Nic nic in context.Vm.Nics)
        {
            if (context.Neighbours.Others(SharedThing.MacAddress, nic.MacAddress, context.Vm) is { Count: > 0 } others)
            {
                bool both = others.Any(other => context.Plan?.Has(other.Key) == true);
                yield return this.Find(both ? ConcernSeverity.Critical : ConcernSeverity.Warning, nic.Label,
                    $"{nic.Label} has the MAC address {nic.MacAddress}, which {Words.Names(others)} has, too. On one network neither would be reached reliably.",
                    Remedy);
            }
        }
    }
}
