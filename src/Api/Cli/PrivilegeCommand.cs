using System.CommandLine;
using Migrate.Api.Inventory;

namespace Migrate.Api.Cli;

internal static class PrivilegeCommand
{
    public static Command Build(CommandSet cli)
    {
        var name = new Argument<string>("NAME");
        var script = new Option<string?>("--script") { Description = "print a role script instead: powercli or govc" };
        script.AcceptOnlyFromAmong("powercli", "govc");
        return cli.Verb(
            "privileges",
            "Shows what the source's account may not do that Migrate needs, or a script that grants exactly what is needed.",
            [name, script],
            async (invocation, cancellationToken) =>
            {
                var view = await invocation.Api.GetAsync<PrivilegesView>($"sources/{Uri.EscapeDataString(invocation.Get(name))}/privileges", cancellationToken);
                invocation.Print(view, output =>
                {
                    if (invocation.Get(script) is { } kind)
                    {
                        output.Write(kind == "govc" ? view.Govc : view.PowerCli);
                        return;
                    }

                    var table = new Table("PRIVILEGE", "NEEDED FOR", "WHY", "OBJECT", "KEY");
                    foreach (var m in view.Missing)
                    {
                        table.Add(m.Id, m.Activity, m.Why, m.EntityName, m.EntityKey);
                    }

                    table.Write(output);
                });
                if (view.Unchecked is { } reason)
                {
                    invocation.Say($"The privileges of {view.UserName} could not be checked: {Table.Clean(reason)}");
                }
                else if (view.Missing.Count == 0)
                {
                    invocation.Say($"{view.UserName} lacks nothing.");
                }

                return ExitCode.Done;
            },
            "migrate source privileges vc1",
            "migrate source privileges vc1 --script govc > role.sh");
    }
}
