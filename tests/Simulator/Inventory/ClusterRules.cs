using Migrate.Simulator.Estates;
using Migrate.Simulator.Hosts;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.Inventory;

/// <summary>DRS rules of a cluster and the groups that they are of.</summary>
internal sealed class ClusterRules(Vcenter vcenter, IReadOnlyList<EstateRule> rules)
{
    public List<DataObject>? Rules() => rules.Count == 0 ? null : [.. rules.Select(Rule)];

    public List<DataObject>? Groups() => rules.Any(NeedsGroups) ? [.. rules.Where(NeedsGroups).SelectMany(Groups)] : null;

    private static bool NeedsGroups(EstateRule rule) => rule.Kind is EstateRuleKind.On or EstateRuleKind.NotOn;

    private static string VmGroup(EstateRule rule) => rule.Name + "-vms";

    private static string HostGroup(EstateRule rule) => rule.Name + "-hosts";

    private DataObject Rule(EstateRule rule, int index)
    {
        var result = new DataObject(rule.Kind switch
        {
            EstateRuleKind.Together => "ClusterAffinityRuleSpec",
            EstateRuleKind.Apart => "ClusterAntiAffinityRuleSpec",
            _ => "ClusterVmHostRuleInfo",
        });
        result["key"] = index + 1;
        result["status"] = "green";
        result["enabled"] = rule.Enabled;
        result["name"] = rule.Name;
        result["mandatory"] = rule.Mandatory;
        result["userCreated"] = true;
        result["inCompliance"] = true;
        result["ruleUuid"] = vcenter.StableUuid("rule/" + rule.Name).ToString();
        if (NeedsGroups(rule))
        {
            result["vmGroupName"] = VmGroup(rule);
            result[rule.Kind == EstateRuleKind.On ? "affineHostGroupName" : "antiAffineHostGroupName"] = HostGroup(rule);
        }
        else
        {
            result["vm"] = rule.Vms.Select(v => vcenter.VmByName(v).Ref).ToList();
        }

        return result;
    }

    private IEnumerable<DataObject> Groups(EstateRule rule) =>
    [
        DataObject.Of("ClusterVmGroup", ("name", VmGroup(rule)), ("userCreated", true), ("vm", rule.Vms.Select(v => vcenter.VmByName(v).Ref).ToList())),
        DataObject.Of("ClusterHostGroup", ("name", HostGroup(rule)), ("userCreated", true),
            ("host", vcenter.All<HostSystem>().Where(h => rule.Hosts.Contains(h.Name)).OrderBy(h => h.Ref.Id, StringComparer.Ordinal).Select(h => h.Ref).ToList())),
    ];
}
