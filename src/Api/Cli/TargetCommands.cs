using System.CommandLine;
using Migrate.Api.Target;

namespace Migrate.Api.Cli;

internal static class TargetCommands
{
    public static Command Build(CommandSet cli) => CommandSet.Noun("target", "NVMe/TCP targets: the embedded one, and others", Show(cli), Subsystems(cli), Hosts(cli), Statistics(cli), TargetProbeCommand.Build(cli));

    private static Command Show(CommandSet cli)
    {
        var list = new ListOptions(TargetEndpoints.Orders, "a UUID or a backing file");
        return cli.Verb(
            "show",
            "Shows the target and its namespaces.",
            list.After(),
            async (invocation, cancellationToken) =>
            {
                var target = await invocation.Api.GetAsync<TargetView>("target", cancellationToken);
                var namespaces = await invocation.Api.GetAllAsync<NamespaceView>("target/namespaces" + list.Query(invocation), cancellationToken).ToListAsync(cancellationToken);
                invocation.Print(new { target, namespaces }, output =>
                {
                    output.WriteLine($"{target.SubsystemNqn} at {target.Address}, backing files in {target.Directory}");
                    var table = new Table("NSID", "UUID", "CAPACITY", "ALLOCATED", "BLOCK", "ONLINE", "GRANTED TO");
                    foreach (var n in namespaces)
                    {
                        table.Add(
                            n.Nsid, n.Uuid, Text.Bytes(n.CapacityBytes), Text.Bytes(n.AllocatedBytes), n.BlockSize,
                            n.Online ? "yes" : "no, the domain has it", n.GrantedHostNqn ?? "any host");
                    }

                    table.Write(output);
                });
                return ExitCode.Done;
            },
            "migrate target show");
    }

    private static Command Subsystems(CommandSet cli)
    {
        var list = new ListOptions(TargetEndpoints.SubsystemOrders, "the NQN");
        return cli.Verb(
            "subsystems",
            "Lists the target's subsystems, with who may connect.",
            list.After(),
            async (invocation, cancellationToken) =>
            {
                var found = await invocation.Api.GetAllAsync<SubsystemView>("target/subsystems" + list.Query(invocation), cancellationToken).ToListAsync(cancellationToken);
                invocation.Print(found, output =>
                {
                    var table = new Table("NQN", "NAMESPACES", "CONTROLLERS", "HOSTS", "PORTS");
                    foreach (var x in found)
                    {
                        table.Add(x.Name, x.NamespaceCount, x.ControllerCount, x.AllowAnyHost ? "any" : x.AllowedHosts.Count, x.Ports is { } ports ? string.Join(',', ports) : "all");
                    }

                    table.Write(output);
                });
                return ExitCode.Done;
            },
            "migrate target subsystems --sort=-controllers");
    }

    private static Command Hosts(CommandSet cli)
    {
        var list = new ListOptions(TargetEndpoints.HostOrders, "the NQN");
        return cli.Verb(
            "hosts",
            "Lists the target's hosts, with their queue pairs and what they do now.",
            list.After(),
            async (invocation, cancellationToken) =>
            {
                var found = await invocation.Api.GetAllAsync<TargetHostView>("target/hosts" + list.Query(invocation), cancellationToken).ToListAsync(cancellationToken);
                invocation.Print(found, output =>
                {
                    var table = new Table("NQN", "STATE", "CONTROLLERS", "QUEUE PAIRS", "IOPS", "RATE");
                    foreach (var x in found)
                    {
                        table.Add(x.Name, x.Drained ? "drained" : x.ControllerCount > 0 ? "connected" : "may connect", x.ControllerCount, x.QueuePairCount, Text.Number(x.Iops), Text.Rate(x.BytesPerSecond));
                    }

                    table.Write(output);
                });
                return ExitCode.Done;
            },
            "migrate target hosts --sort=-activity");
    }

    private static Command Statistics(CommandSet cli) => cli.Verb(
        "statistics",
        "Shows what hosts do at the target now: commands, bytes, latencies, and errors by status.",
        [],
        async (invocation, cancellationToken) =>
        {
            var now = await invocation.Api.GetAsync<TargetStatisticsView>("target/statistics", cancellationToken);
            invocation.Print(now, output =>
            {
                output.WriteLine(now.From is null ? "The target has only just started: nothing is known of rates yet." : FormattableString.Invariant($"of {now.Seconds:0} s until {Text.Time(now.Until)}"));
                var table = new Table("NAMESPACE", "COMMANDS", "IOPS", "RATE", "MEAN", "P50", "P99", "P99.9", "ERRORS");
                Add(table, "all", now.Whole);
                foreach (var one in now.Namespaces)
                {
                    Add(table, one.Uuid.ToString(), one.Activity);
                }

                table.Write(output);
                foreach (var error in now.Whole.Errors)
                {
                    output.WriteLine(FormattableString.Invariant($"status {error.Status}: {error.Commands} since the target started"));
                }
            });
            return ExitCode.Done;
        },
        "migrate target statistics");

    private static void Add(Table table, string name, ActivityView activity)
    {
        foreach (var x in activity.Classes)
        {
            table.Add(
                name, x.Class, Text.Number(x.Iops), Text.Rate(x.BytesPerSecond), Text.Microseconds(x.Latency?.MeanMicroseconds), Text.Microseconds(x.Latency?.P50Microseconds),
                Text.Microseconds(x.Latency?.P99Microseconds), Text.Microseconds(x.Latency?.P999Microseconds), "");
        }

        if (activity.Errors.Count > 0)
        {
            table.Add(name, "with an error", "", "", "", "", "", "", activity.Errors.Sum(x => x.Commands));
        }
    }
}
