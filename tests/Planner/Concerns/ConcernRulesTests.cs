using System.Text;
using System.Text.RegularExpressions;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Tests.Inventory;

namespace Migrate.Planner.Tests.Concerns;

public class ConcernRulesTests
{
    [Fact]
    public void Ids_are_unique_and_well_formed()
    {
        ConcernRules.All.Select(rule => rule.Id).ShouldBeUnique();
        ConcernRules.All.ShouldAllBe(rule => Regex.IsMatch(rule.Id, "^[a-z]+\\.[a-z-]+$"));
        ConcernRules.All.Count.ShouldBeGreaterThanOrEqualTo(70);
    }

    [Fact]
    public void Every_rule_of_the_assembly_is_in_the_list() =>
        typeof(IConcernRule).Assembly.GetTypes().Where(type => type.IsAssignableTo(typeof(IConcernRule)) && type.IsClass)
            .ShouldBe(ConcernRules.All.Select(rule => rule.GetType()), ignoreOrder: true);

    [Fact]
    public void The_most_severe_comes_first()
    {
        Vm vm = Estate.Vm() with { IsTemplate = true, PowerState = "suspended" };

        ConcernJudge.Judge(Judged.Context(vm)).Select(concern => concern.Severity).Distinct().ShouldBe([ConcernSeverity.Critical, ConcernSeverity.Warning, ConcernSeverity.Information]);
    }

    /// <summary>docs/concerns.md is written from the rules: MIGRATE_WRITE_DOCS=1 makes this test write it instead of comparing.</summary>
    [Fact]
    public void The_documentation_lists_every_rule_as_it_is()
    {
        var text = new StringBuilder("""
            # Concerns

            A concern is a rule's finding on one VM of a plan. **Critical** blocks the start of the VM's wave, **Warning** means that something may be lost,
            **Information** that something is mapped or harmless. Every rule is one file in `src/Planner/Concerns/Rules` and judges only what is known: the
            inventory, what VMs share, the plan's policy, the facts of its KVM host and baselines. So a plan's concerns can be seen before anything is
            touched. Where a rule cannot judge because nothing is known (`guest.not-inspected`, `host.unknown`, `kvm.not-probed`, `baseline.missing`, vSAN's health), a concern says so.

            A Critical concern can be overridden with a reason, unless going on would lose data or copy nothing for certain: those are marked "never".
            Severity is the most severe that a rule can come to. What begins with `probe.` has to ask somebody: `migrate plan check` tries it, and a wave's start
            refuses on what the newest check found Critical. This page is written from the rules by a test.

            | Id | Severity | Concern | When, and how severe | Override | Source |
            |---|---|---|---|---|---|

            """);
        foreach (IConcernDescription rule in ConcernCatalogue.All)
        {
            string over = rule.Severity < ConcernSeverity.Critical ? "not needed" : rule.CanBeOverridden ? "with a reason" : "never";
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"| `{rule.Id}` | {rule.Severity} | {rule.Label} | {rule.Finds} | {over} | {rule.Source} |\n");
        }
        string path = Repository.PathOf("docs", "concerns.md");
        if (Environment.GetEnvironmentVariable("MIGRATE_WRITE_DOCS") == "1")
        {
            File.WriteAllText(path, text.ToString());
        }

        File.ReadAllText(path).ShouldBe(text.ToString(), "run this test with MIGRATE_WRITE_DOCS=1 and commit docs/concerns.md");
    }
}
