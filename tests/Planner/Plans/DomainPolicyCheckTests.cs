using System.Text.Json;
using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;

namespace Migrate.Planner.Tests.Plans;

public sealed class DomainPolicyCheckTests
{
    private static readonly Vm Web = new() { Key = "vm-1", Name = "web01", PowerState = "poweredOff" };

    [Fact]
    public void The_defaults_have_no_problem() => Check(new PlanPolicy()).ShouldBeEmpty();

    [Fact]
    public void All_that_is_wrong_is_told_at_once()
    {
        var problems = Check(new PlanPolicy
        {
            Domain = new DomainPolicy { Profile = DomainProfile.Dense, Pinning = Choice.Always, IoThreads = 17, Cpu = GuestCpu.Named },
            Domains = new Dictionary<string, DomainPolicy>
            {
                ["web1"] = new() { CpuModel = "EPYC" },
                ["web01"] = new() { Cpu = GuestCpu.Named, CpuModel = "no such <model>", HugePages = (Choice)9 },
            },
        });
        problems.Select(problem => (problem.Code, problem.Subject)).ShouldBe(
        [
            ("plan.domain-for-unknown-vm", "web1"), ("plan.cpu-without-model", "domain.cpuModel"), ("plan.bad-io-threads", "domain.ioThreads"), ("plan.dense-and-pinned", "domain.pinning"),
            ("plan.bad-cpu-model", "domains.web1.cpuModel"), ("plan.bad-cpu-model", "domains.web01.cpuModel"), ("plan.bad-domain-setting", "domains.web01.hugePages"),
        ]);
        problems[0].Remedy.ShouldContain("'web01'");
    }

    [Fact]
    public void A_VMs_own_settings_replace_the_plans_and_survive_the_database()
    {
        var policy = new PlanPolicy { Domain = new() { Profile = DomainProfile.Dense }, Domains = new Dictionary<string, DomainPolicy> { ["web01"] = new() { Cpu = GuestCpu.HostModel } } };
        var kept = PlannerJson.Read(JsonSerializer.Serialize(policy, PlannerJson.Default.PlanPolicy), PlannerJson.Default.PlanPolicy);
        kept.DomainOf("web01").ShouldBe(new DomainPolicy { Cpu = GuestCpu.HostModel });
        kept.DomainOf("other").Profile.ShouldBe(DomainProfile.Dense);
        PlannerJson.Read("{}", PlannerJson.Default.PlanPolicy).DomainOf("web01").ShouldBe(new DomainPolicy(), "plans of before these settings have the defaults");
    }

    private static List<PlanProblem> Check(PlanPolicy policy) => [.. DomainPolicyCheck.Check(policy, [("web01", Web)])];
}
