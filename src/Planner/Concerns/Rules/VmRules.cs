using Migrate.Planner.Inventory;

namespace Migrate.Planner.Concerns.Rules;

internal sealed class VmRules : IConcernRule
{
    public string Id => "vm.drs-rule";

    public string Label => "Rule that keeps VMs together or apart";

    public string Finds => "Information when an enabled DRS rule keeps the VM together with, apart from, before or after other VMs.";

    public string Assessment => "A rule keeps the VM together with others, apart from them, or starts them in an order. Nothing on a plain libvirt host keeps it.";

    public string Remedy => "Put VMs that belong together into one wave, VMs that must be apart on different KVM hosts, and what must be up first into an earlier wave.";

    public ConcernSeverity Severity => ConcernSeverity.Information;

    public string Source => "vSphere API ClusterAffinityRuleSpec, ClusterAntiAffinityRuleSpec, ClusterDependencyRuleInfo";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        foreach (DrsRule rule in context.DrsRules.Where(rule => rule.Kind is DrsRuleKind.VmAffinity or DrsRuleKind.VmAntiAffinity or DrsRuleKind.VmDependency))
        {
            yield return this.Find(ConcernSeverity.Information, rule.Name,
                $"The rule '{rule.Name}' {Ties(rule, context.Vm.Key)}. Nothing on a plain libvirt host keeps it.",
                rule.Kind switch
                {
                    DrsRuleKind.VmAffinity => "Put the VMs of the rule into one wave and on one KVM host.",
                    DrsRuleKind.VmAntiAffinity => "Put the VMs of the rule on different KVM hosts.",
                    _ => "Put what must be up first into an earlier wave, and order the start of the domains (autostart does not).",
                });
        }
    }

    private static string Ties(DrsRule rule, string vm)
    {
        int others = rule.VmKeys.Distinct().Count(key => key != vm);
        return rule.Kind switch
        {
            DrsRuleKind.VmAffinity => $"keeps the VM on one host with {Words.Count(others, "other VM")}",
            DrsRuleKind.VmAntiAffinity => $"keeps the VM apart from {Words.Count(others, "other VM")}",
            _ when rule.VmKeys.Contains(vm) => $"starts the VM only when {Words.Count(rule.DependsOnVmKeys.Distinct().Count(), "VM")} of the group {Words.Or(rule.DependsOnVmGroup ?? "", "without a name")} are up",
            _ => $"starts {Words.Count(others, "VM")} of the group {Words.Or(rule.VmGroup ?? "", "without a name")} only when the VM is up",
        };
    }
}
