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
        ConcernRules.All.Count.ShouldBeGreaterThanOrEqualTo(16);
    }

    [Fact]
    public void Every_rule_of_the_assembly_is_in_the_list() =>
        typeof(IConcernRule).Assembly.GetTypes().Where(type => type.IsAssignableTo(typeof(IConcernRule)) && type.IsClass)
            .ShouldBe(ConcernRules.All.Select(rule => rule.GetType()), ignoreOrder: true);

    [Fact]
    public void The_most_severe_comes_first()
    {
        Vm vm = Estate.Vm() with { ChangeTrackingEnabled = false, IsTemplate = true, PowerState = "suspended" };

        Judged.ByAll(vm).Select(concern => concern.Severity).ShouldBe([ConcernSeverity.Critical, ConcernSeverity.Warning, ConcernSeverity.Information]);
    }

    /// <summary>docs/concerns.md is written from the rules: MIGRATE_WRITE_DOCS=1 makes this test write it instead of comparing.</summary>
    [Fact]
    public void The_documentation_lists_every_rule_as_it_is()
    {
        var text = new StringBuilder("""
            # Concerns

            A concern is a rule's finding on one VM of a plan. **Critical** blocks the start of the VM's wave, **Warning** means that something may be lost,
            **Information** that something is mapped or harmless. Every rule is one file in `src/Planner/Concerns/Rules` and judges only the inventory and
            the plan's policy, so a plan's concerns can be seen before anything is touched. This page is written from the rules by a test.

            | Id | Concern | When, and how severe |
            |---|---|---|

            """);
        foreach (IConcernRule rule in ConcernRules.All)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"| `{rule.Id}` | {rule.Label} | {rule.Finds} |\n");
        }
        string path = Repository.PathOf("docs", "concerns.md");
        if (Environment.GetEnvironmentVariable("MIGRATE_WRITE_DOCS") == "1")
        {
            File.WriteAllText(path, text.ToString());
        }

        File.ReadAllText(path).ShouldBe(text.ToString(), "run this test with MIGRATE_WRITE_DOCS=1 and commit docs/concerns.md");
    }
}
