using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class HostAffinity : IConcernRule
{
    public string Id => "vm.host-affinity";

    public string Label => "Rule that binds the VM to hosts";

    public string Finds => "Warning when a DRS rule binds the VM to, or keeps it from, a group of hosts.";

    public string Assessment => "A rule binds the VM to hosts or keeps it from some, for a licence or a site perhaps. It is not carried over.";

    public string Remedy => "Find out why (a licence, a site), and choose the KVM host accordingly.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere API ClusterVmHostRuleInfo; Forklift vmware.host_affinity.detected";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (DrsRule rule in context.DrsRules.Where(rule => rule.Kind is DrsRuleKind.VmHostAffinity or DrsRuleKind.VmHostAntiAffinity))
        {
            yield return this.Find(ConcernSeverity.Warning, rule.Name,
                $"The rule '{rule.Name}' {(rule.Kind == DrsRuleKind.VmHostAffinity ? "binds the VM to" : "keeps the VM from")} hosts of the group {Words.Or(rule.HostGroup ?? "", "without a name")}. It is not carried over.",
                Remedy);
        }
    }
}
