using System.CommandLine;
using Migrate.Api.Plans;
using Migrate.Executor.Deployment;

namespace Migrate.Api.Cli;

/// <summary>What a plan makes of a VM: the domain with its reasons, and scripts that deploy it.</summary>
internal static class DomainCommands
{
    public static Command Domain(CommandSet cli)
    {
        var (plan, vm) = Arguments();
        var xml = new Option<bool>("--xml") { Description = "print the XML alone" };
        return cli.Verb(
            "domain",
            "Shows the domain that a plan makes of a VM, and why each setting is as it is.",
            [plan, vm, xml],
            async (invocation, cancellationToken) =>
            {
                var domain = await invocation.Api.GetAsync<DomainView>($"{PathOf(invocation, plan, vm)}/domain", cancellationToken);
                if (invocation.Get(xml))
                {
                    await invocation.Terminal.Out.WriteLineAsync(domain.Xml);
                    return ExitCode.Done;
                }

                invocation.Print(domain, output => Write(domain, output));
                return ExitCode.Done;
            },
            "migrate plan domain first web01",
            "migrate plan domain first web01 --xml > web01.xml");
    }

    public static Command Bundle(CommandSet cli)
    {
        var (plan, vm) = Arguments();
        var kind = new Option<DeploymentKind>("--kind") { Description = "Libvirt, Proxmox (a script of qm) or TrueNas (a script that holds and exports the disks)", HelpName = "KIND" };
        var attachment = new Option<string?>("--attachment") { Description = "backing or nvme-tcp; else as the plan's host attaches disks", HelpName = "HOW" };
        attachment.AcceptOnlyFromAmong("backing", "nvme-tcp");
        var file = new Option<string?>("--out") { Description = "write the script to this file; else it is printed", HelpName = "FILE" };
        return cli.Verb(
            "bundle",
            "Makes a script that deploys a VM of a plan without Migrate.",
            [plan, vm, kind, attachment, file],
            async (invocation, cancellationToken) =>
            {
                var query = $"?kind={invocation.Get(kind)}{(invocation.Get(attachment) is { } how ? $"&attachment={how}" : "")}";
                var script = await invocation.Api.GetTextAsync($"{PathOf(invocation, plan, vm)}/bundle{query}", cancellationToken);
                if (invocation.Get(file) is not { } path)
                {
                    await invocation.Terminal.Out.WriteAsync(script);
                    return ExitCode.Done;
                }

                await WriteAsync(path, script, cancellationToken);
                invocation.Say($"Wrote {Path.GetFullPath(path)}; its first lines say how to use it.");
                return ExitCode.Done;
            },
            "migrate plan bundle first web01 --out web01.sh",
            "migrate plan bundle first web01 --kind Proxmox --attachment nvme-tcp --out web01-qm.sh");
    }

    private static async Task WriteAsync(string path, string script, CancellationToken cancellationToken)
    {
        try
        {
            await File.WriteAllTextAsync(path, script, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Failed, $"The script cannot be written to {path}: {e.Message}", "Name a file that can be written.");
        }
    }

    private static void Write(DomainView domain, TextWriter output)
    {
        output.WriteLine(Table.Clean($"Domain {domain.Name} ({domain.Uuid}) on {domain.Host}, type {domain.DomainType}"));
        output.WriteLine();
        var table = new Table("SETTING", "VALUE", "FROM", "WHY");
        foreach (var reason in domain.Reasons)
        {
            table.Add(reason.Element, reason.Value, reason.Fact is null ? reason.From : $"{reason.From}: {reason.Fact}", reason.Why);
        }

        table.Write(output);
    }

    private static (Argument<string> Plan, Argument<string> Vm) Arguments() =>
        (new Argument<string>("PLAN"), new Argument<string>("VM") { Description = "name or key of a VM of the plan" });

    private static string PathOf(Invocation invocation, Argument<string> plan, Argument<string> vm) =>
        $"plans/{Uri.EscapeDataString(invocation.Get(plan))}/vms/{Uri.EscapeDataString(invocation.Get(vm))}";
}
