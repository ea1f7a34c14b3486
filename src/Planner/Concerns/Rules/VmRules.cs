using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class VmRules : IConcernRule
{
    public string Id => "vm.drs-rule";

    public string Label => "Rule that keeps VMs together or apart";

    public string Finds => "Information when an enabled DRS rule keeps the VM together with, apart from, or after other VMs.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "vSphere API ClusterAffinityRuleSpec, ClusterAntiAffinityRuleSpec, ClusterDependencyRuleInfo";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (DrsRule rule in context.DrsRules.Where(rule => rule.Kind is DrsRuleKind.VmAffinity or DrsRuleKind.VmAntiAffinity or DrsRuleKind.VmDependency))
        {
            yield return this.Find(ConcernSeverity.Information, rule.Name,
                $"The rule '{rule.Name}' ({rule.Kind}) ties the VM to {Words.Count(rule.VmKeys.Count - 1, "other VM")}. Nothing on a plain libvirt host keeps it.",
                "Put VMs that belong together into one wave, and VMs that must be apart on different KVM hosts.");
        }
    }
}
