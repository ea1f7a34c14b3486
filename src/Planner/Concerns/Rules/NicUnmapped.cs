using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class NicUnmapped : IConcernRule
{
    public string Id => "nic.unmapped";

    public string Label => "NIC without a network on the target";

    public string Finds => "Critical for a NIC whose network the plan does not map, Information when it is mapped to none.";

    public string Assessment => "The plan does not say where the NIC goes. A domain with such a NIC is refused by its design.";

    public string Remedy => "Map the network in the plan ('migrate plan mappings set'), or map it to 'none'.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "A domain with an unmapped NIC is refused by its design";

    public bool CanBeOverridden => false;

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (Nic nic in context.Vm.Nics.Where(_ => context.Plan is not null))
        {
            if (!context.Policy.Networks.TryGetValue(nic.NetworkName, out NetworkMapping? mapping))
            {
                yield return this.Find(ConcernSeverity.Critical, nic.Label, $"{nic.Label} is on the network '{nic.NetworkName}', which the plan does not map.",
                    "Map the network in the plan ('migrate plan mappings set'), or map it to 'none'.");
            }
            else if (mapping.Kind == "none")
            {
                yield return this.Find(ConcernSeverity.Information, nic.Label, $"The plan maps '{nic.NetworkName}' to none: the domain does not get {nic.Label}.",
                    "Nothing if that is meant.");
            }
        }
    }
}
