using System.Text.Json;
using Migrate.EndToEnd.Tests.Kvm;
using Migrate.Executor.Validation;
using Migrate.Executor.Validation.Identity;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Simulator.Estates;

namespace Migrate.EndToEnd.Tests.Runs;

/// <summary>What a real guest with QEMU's agent is known by after its move, through libvirt, beside what VMware Tools told before.</summary>
[UsesDatabase]
public sealed class IdentityRunTests
{
    [Fact]
    public async Task A_guest_that_kept_its_addresses_is_told_from_one_that_did_not()
    {
        var directory = LibvirtFixture.NewDirectory();
        var bridge = $"mg{Guid.NewGuid():N}"[..12]; // With nothing plugged in but the guests.
        var disk = Path.Combine(directory, "guest.raw");
        var agent = Path.Combine(Repository.Artifacts, "agent");
        await Programs.OutputOfAsync("bash", Repository.PathOf("eng", "guest", "agent.sh"), agent);
        await GuestDisk.MakeAsync(disk, "--hostname", "web01", "--payload", "1", "--size", "96", "--agent", agent, "--address", "192.0.2.10/24", "--gateway", "192.0.2.1", "--dns", "192.0.2.53");
        var same = Estates.Vm(disk, power: EstatePower.On) with { HostName = "web01.example.org", Ips = ["192.0.2.10"], Gateway = "192.0.2.1", Dns = ["192.0.2.53"] };
        var other = Estates.Vm(disk, power: EstatePower.On) with { HostName = "db01", Ips = ["192.0.2.11"], Gateway = "192.0.2.2", Dns = ["192.0.2.54"] };
        await using var site = await Site.OpenAsync(directory, Estates.Of(same, other));
        await Programs.OutputOfAsync("ip", "link", "add", "name", bridge, "type", "bridge");
        try
        {
            await site.StartExecutorAsync();
            var policy = Estates.Policy(boots: same, shutDown: true) with
            {
                Networks = new Dictionary<string, NetworkMapping> { ["VM Network"] = new("bridge", bridge) },
                ExpectConsole = new Dictionary<string, string> { [same.Name] = Estates.Marker, [other.Name] = Estates.Marker },
                ObserveSeconds = 1,
                AgentWaitSeconds = 600,
            };
            var plan = await site.PlanAsync(policy, same.Name, other.Name);
            var runs = await site.StartWaveAsync(plan.Id);
            var kept = await VerdictAsync(site, runs.Single(x => x.VmName == same.Name));
            var lost = await VerdictAsync(site, runs.Single(x => x.VmName == other.Name));

            kept.Identity!.State.ShouldBe(IdentityState.Equal, string.Join('\n', kept.Identity.Differences));
            kept.Identity.NotCompared.ShouldBeEmpty();
            kept.Identity.After!.ToldBy.ShouldStartWith("QEMU guest agent");
            kept.Aspects.Single(x => x.Aspect == Aspect.Identity).Outcome.ShouldBe(Outcome.Pass);

            lost.Identity!.Differences.Select(x => (x.Code, x.Before, x.After)).ShouldBe(
            [
                ("identity.host-name", "db01", "web01"), ("identity.address-differs", "192.0.2.11/24", "192.0.2.10/24"),
                ("identity.gateway", "192.0.2.2", "192.0.2.1"), ("identity.dns", "192.0.2.54", "192.0.2.53"),
            ], ignoreOrder: true);
            lost.Aspects.Single(x => x.Aspect == Aspect.Identity).Outcome.ShouldBe(Outcome.Fail);
        }
        finally
        {
            await Programs.OutputOfAsync("ip", "link", "del", bridge);
        }
    }

    private static async Task<Verdict> VerdictAsync(Site site, Run run) =>
        JsonSerializer.Deserialize((await site.WaitForAsync(run.Id, RunPhase.Completed)).Verdict!, ValidationJson.Default.Verdict)!;
}
