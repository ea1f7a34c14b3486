using System.CommandLine;
using Migrate.Api.Plans;

namespace Migrate.Api.Cli;

internal static class PlanMappingCommands
{
    public static Command Build(CommandSet cli) => CommandSet.Noun("mappings", "what networks and datastores of the source become", Show(cli), Set(cli));

    private static Command Show(CommandSet cli)
    {
        var name = new Argument<string>("NAME") { Description = "the plan" };
        return cli.Verb(
            "show",
            "Shows which networks and datastores the VMs of a plan use, what they become, and what there is to map to.",
            [name],
            async (invocation, cancellationToken) =>
            {
                var mappings = await invocation.Api.GetAsync<PlanMappingsView>(PathOf(invocation.Get(name)), cancellationToken);
                invocation.Print(mappings, output => MappingText.Write(mappings, output));
                return ExitCode.Done;
            },
            "migrate plan mappings show first");
    }

    private static Command Set(CommandSet cli)
    {
        var name = new Argument<string>("NAME") { Description = "the plan" };
        var networks = new Option<string[]>("--network")
        {
            Description = "where NICs on a VMware network go: bridge:NAME, network:NAME (libvirt's), user (no host network) or none; repeat for more",
            HelpName = "NETWORK=TARGET",
        };
        var forget = new Option<string[]>("--forget") { Description = "a network whose mapping is taken out, since no VM uses it any more; repeat for more", HelpName = "NETWORK" };
        var reason = new Option<string?>("--reason") { Description = "why; needed where runs are under way with these networks, or times of their VMs were approved", HelpName = "TEXT" };
        return cli.Change(
            "set",
            "Changes what networks become; what is not named stays. Runs that have not begun their cutover get the new mapping; what was approved by the old one no longer holds.",
            [name, networks, forget, reason],
            async (invocation, cancellationToken) =>
            {
                var request = new ChangePlanMappings(
                    Pairs.Read("--network", invocation.Get(networks), valueIsPlain: true).ToDictionary(x => x.Key, x => PlanCommands.Mapping(x.Value)), invocation.Get(forget) ?? [], invocation.Get(reason));
                var changed = await invocation.Api.PatchAsync<ChangedPlanMappings>(PathOf(invocation.Get(name)), request, cancellationToken);
                invocation.Print(changed, output => MappingText.Write(changed.Mappings, output));
                foreach (var line in MappingText.Consequences(changed))
                {
                    invocation.Say(line);
                }

                return ExitCode.Done;
            },
            "migrate plan mappings set first --network 'VM Network=bridge:br0' --network 'DB Network=network:storage'",
            "migrate plan mappings set first --network 'VM Network=bridge:br1' --forget 'Old Network' --reason 'change 4711: the hosts have a new bridge'");
    }

    private static string PathOf(string plan) => $"plans/{Uri.EscapeDataString(plan)}/mappings";
}
