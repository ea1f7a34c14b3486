using Migrate.Planner.Inventory;
using Migrate.Planner.Tests.Inventory;
using Migrate.Planner.Waves;

namespace Migrate.Planner.Tests.Waves;

public sealed class WaveGroupsTests
{
    private static readonly Vm[] Vms =
    [
        Estate.Vm("vm-1", "ad01"), Estate.Vm("vm-2", "web01") with { VApp = "shop" }, Estate.Vm("vm-3", "web02") with { VApp = "shop" },
        Estate.Vm("vm-4", "db01") with { Tags = [new Tag("Application", "erp")] }, Estate.Vm("vm-5", "app01") with { Tags = [new Tag("application", "erp")] }, Estate.Vm("vm-6", "lone") with { Folder = "other" },
    ];

    [Fact]
    public void What_the_operator_says_comes_first_and_a_later_tier_has_the_rest()
    {
        var (groups, problems) = Of(new WaveRules { Groups = [new GroupRule("web", [["web01"], ["web*"]])], GroupBy = ["vapp"] });

        problems.ShouldBeEmpty();
        groups.ShouldHaveSingleItem().Tiers.ShouldBe([["vm-2"], ["vm-3"]]);
    }

    [Fact]
    public void VApps_tags_folders_and_rules_make_groups_of_those_that_have_none()
    {
        Of(new WaveRules { GroupBy = ["vapp"] }).Groups.Select(x => x.Name).ShouldBe(["vApp shop"]);
        Of(new WaveRules { GroupBy = ["drs"] }).Groups.ShouldHaveSingleItem().Tiers.ShouldBe([["vm-1", "vm-6"]]);
        Of(new WaveRules { GroupBy = ["tag:Application"] }).Groups.Sum(x => x.Tiers[0].Count).ShouldBe(2);
        Of(new WaveRules { GroupBy = ["vapp", "folder"] }).Groups.Select(x => x.Name).ShouldBe(["vApp shop", "folder prod/web"]);
    }

    [Fact]
    public void What_has_moved_is_still_known_and_nobody_waits_for_it()
    {
        var rules = new WaveRules { Groups = [new GroupRule("directory", [["ad*"]]), new GroupRule("web", [["web*"]], ["directory"])] };

        var (groups, problems) = Of(rules, "vm-1");

        problems.ShouldBeEmpty();
        groups.ShouldHaveSingleItem().After.ShouldBeEmpty();
        Of(rules with { Groups = [new GroupRule("x", [["nobody"]])] }).Problems.ShouldHaveSingleItem().ShouldContain("'nobody'");
    }

    [Fact]
    public void Mandatory_rules_keep_apart()
    {
        WaveGroups.Apart(Inventory, new HashSet<string>(["vm-2", "vm-3", "vm-6"])).ShouldHaveSingleItem().ShouldBe(["vm-2", "vm-3"]);
    }

    private static SourceInventory Inventory => Estate.Of(Vms) with
    {
        Clusters =
        [
            new Cluster("domain-c1", "cluster1", "dc1", DrsEnabled: true, HaEnabled: true, VsanEnabled: true)
            {
                Rules =
                [
                    new DrsRule { Key = 1, Name = "together", Enabled = true, Kind = DrsRuleKind.VmAffinity, VmKeys = ["vm-1", "vm-6", "vm-99"] },
                    new DrsRule { Key = 2, Name = "apart", Enabled = true, Mandatory = true, Kind = DrsRuleKind.VmAntiAffinity, VmKeys = ["vm-2", "vm-3", "vm-99"] },
                    new DrsRule { Key = 3, Name = "should", Enabled = true, Kind = DrsRuleKind.VmAntiAffinity, VmKeys = ["vm-2", "vm-6"] },
                    new DrsRule { Key = 4, Name = "off", Enabled = false, Mandatory = true, Kind = DrsRuleKind.VmAntiAffinity, VmKeys = ["vm-3", "vm-6"] },
                ],
            },
        ],
    };

    private static (IReadOnlyList<MoveGroup> Groups, List<string> Problems) Of(WaveRules rules, params string[] without)
    {
        List<string> problems = [];
        return (WaveGroups.Of(rules, Inventory, Vms, [.. Vms.Where(x => !without.Contains(x.Key))], problems), problems);
    }
}
