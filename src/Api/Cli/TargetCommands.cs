using System.CommandLine;
using Migrate.Api.Target;

namespace Migrate.Api.Cli;

internal static class TargetCommands
{
    public static Command Build(CommandSet cli) => CommandSet.Noun("target", "NVMe/TCP targets: the embedded one, and others", Show(cli), TargetProbeCommand.Build(cli));

    private static Command Show(CommandSet cli) => cli.Verb(
        "show",
        "Shows the target and its namespaces.",
        [],
        async (invocation, cancellationToken) =>
        {
            var target = await invocation.Api.GetAsync<TargetView>("target", cancellationToken);
            var namespaces = await invocation.Api.GetAllAsync<NamespaceView>("target/namespaces", cancellationToken).ToListAsync(cancellationToken);
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
