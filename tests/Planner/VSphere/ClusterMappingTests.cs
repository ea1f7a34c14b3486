using Migrate.Planner.Inventory;
using Migrate.Planner.VSphere;
using Migrate.Vim25;

namespace Migrate.Planner.Tests.VSphere;

public sealed class ClusterMappingTests
{
    [Fact]
    public void A_cluster_s_rules_name_VMs_and_hosts_whether_directly_or_by_group()
    {
        var cluster = Map(
            ("name", "c%2f1"), ("summary", new ClusterComputeResourceSummary { CurrentEVCModeKey = "intel-broadwell" }),
            ("host", new ArrayOfManagedObjectReference { ManagedObjectReference = [Host("host-1"), Host("host-2")] }),
            ("configurationEx", new ClusterConfigInfoEx
            {
                DrsConfig = new() { Enabled = true, DefaultVmBehavior = "partiallyAutomated" },
                DasConfig = new() { Enabled = true, AdmissionControlEnabled = true },
                DpmConfigInfo = new() { Enabled = true },
                DrsVmConfig = [new() { Key = Vm("vm-9"), Enabled = false }, new() { Key = Vm("vm-8"), Behavior = "manual" }],
                Group = [new ClusterVmGroup { Name = "db", Vm = [Vm("vm-1"), Vm("vm-2")] }, new ClusterHostGroup { Name = "licensed", Host = [Host("host-2")] }, new ClusterVmGroup { Name = "app", Vm = [Vm("vm-3")] }],
                Rule =
                [
                    new ClusterAffinityRuleSpec { Key = 1, Name = "together", Enabled = true, Vm = [Vm("vm-1"), Vm("vm-3")] },
                    new ClusterAntiAffinityRuleSpec { Key = 2, Name = "apart", Enabled = false, Mandatory = true, Vm = [Vm("vm-1"), Vm("vm-2")] },
                    new ClusterVmHostRuleInfo { Key = 3, Name = "licence", Enabled = true, Mandatory = true, VmGroupName = "db", AffineHostGroupName = "licensed" },
                    new ClusterVmHostRuleInfo { Key = 4, Name = "keep off", Enabled = true, VmGroupName = "app", AntiAffineHostGroupName = "licensed" },
                    new ClusterDependencyRuleInfo { Key = 5, Name = "db first", Enabled = true, VmGroup = "app", DependsOnVmGroup = "db" },
                    new ClusterRuleInfo { Key = 6, Name = "new kind" },
                    new ClusterVmHostRuleInfo { Key = 7, Name = "dangling", VmGroupName = "gone", AffineHostGroupName = "gone" },
                ],
            }));
        (cluster.Name, cluster.DrsEnabled, cluster.DrsAutomation, cluster.HaEnabled, cluster.AdmissionControl, cluster.DpmEnabled, cluster.EvcMode)
            .ShouldBe(("c/1", true, "partiallyAutomated", true, true, true, "intel-broadwell"));
        cluster.HostKeys.ShouldBe(["host-1", "host-2"]);
        cluster.Rules.Select(r => (r.Kind, Keys(r.VmKeys), Keys(r.HostKeys), r.Enabled, r.Mandatory)).ShouldBe(
        [
            (DrsRuleKind.VmAffinity, "vm-1 vm-3", "", true, false), (DrsRuleKind.VmAntiAffinity, "vm-1 vm-2", "", false, true),
            (DrsRuleKind.VmHostAffinity, "vm-1 vm-2", "host-2", true, true), (DrsRuleKind.VmHostAntiAffinity, "vm-3", "host-2", true, false),
            (DrsRuleKind.VmDependency, "vm-3", "", true, false), (DrsRuleKind.Unknown, "", "", false, false), (DrsRuleKind.VmHostAffinity, "", "", false, false),
        ]);
        (cluster.Rules[2].VmGroup, cluster.Rules[2].HostGroup, cluster.Rules[3].HostGroup, Keys(cluster.Rules[4].DependsOnVmKeys)).ShouldBe(("db", "licensed", "licensed", "vm-1 vm-2"));
        cluster.Groups.Count.ShouldBe(3);
        cluster.Overrides.ShouldBe([new("vm-9", false, null), new("vm-8", true, "manual")]);
        Unfamiliar.In([cluster]).ShouldBe(["rule 'new kind' of cluster c/1: not known here; kept as it came"]);
    }

    [Fact]
    public void A_cluster_without_a_configuration_has_nothing_on() =>
        Map(("name", "c1")).ShouldSatisfyAllConditions(c => c.DrsEnabled.ShouldBeFalse(), c => c.Rules.ShouldBeEmpty(), c => c.EvcMode.ShouldBeNull(), c => c.DrsAutomation.ShouldBeNull());

    private static Cluster Map(params (string, object)[] properties) => ClusterMapping.Map(VmMappingTests.Of(new("ClusterComputeResource", "domain-c1"), properties), new Placement(), new CustomFields([]));

    private static ManagedObjectReference Vm(string key) => new("VirtualMachine", key);

    private static ManagedObjectReference Host(string key) => new("HostSystem", key);

    private static string Keys(IEnumerable<string> keys) => string.Join(' ', keys);
}
