using System.CommandLine;
using Migrate.Api.Inventory;

namespace Migrate.Api.Cli;

internal static class SourceCommands
{
    public static Command Build(CommandSet cli) => CommandSet.Noun("source", "vCenters and ESXi hosts that VMs come from", Add(cli), Update(cli), List(cli), Remove(cli));

    private static Command Add(CommandSet cli)
    {
        var name = new Argument<string>("NAME") { Description = "how commands will name the source" };
        var url = new Option<string>("--url") { Description = "https URL of the vCenter or ESXi host", HelpName = "URL", Required = true };
        var user = new Option<string>("--user") { Description = "who logs in", HelpName = "USER", Required = true };
        var passwordFile = new Option<string?>("--password-file") { Description = "file whose first line is the password (else MIGRATE_PASSWORD, else asked for on a terminal)", HelpName = "FILE" };
        var thumbprint = new Option<string?>("--thumbprint") { Description = "SHA-256 of the server's certificate; without it the system's authorities must vouch for the server", HelpName = "HEX" };
        return cli.Verb(
            "add",
            "Adds a source after trying its login and certificate.",
            [name, url, user, passwordFile, thumbprint],
            async (invocation, cancellationToken) =>
            {
                var request = new AddSource(
                    invocation.Get(name), invocation.Get(url)!, invocation.Get(user)!, Password(invocation, invocation.Get(passwordFile)), invocation.Get(thumbprint));
                var source = await invocation.Api.PostAsync<SourceView>("sources", request, cancellationToken);
                invocation.Print(source, output => output.WriteLine($"Added source {source.Name} ({source.Url})."));
                return ExitCode.Done;
            },
            "migrate source add vc1 --url https://vcenter.example --user migrate@vsphere.local --password-file /run/secrets/vc1",
            "migrate source add vc1 --url https://10.0.0.5 --user root --thumbprint 3A:…:9F");
    }

    private static Command Update(CommandSet cli)
    {
        var name = new Argument<string>("NAME");
        var user = new Option<string?>("--user") { Description = "who logs in", HelpName = "USER" };
        var passwordFile = new Option<string?>("--password-file") { Description = "file whose first line is the new password", HelpName = "FILE" };
        var thumbprint = new Option<string?>("--thumbprint") { Description = "SHA-256 of the server's new certificate", HelpName = "HEX" };
        return cli.Verb(
            "update",
            "Changes a source's user, password or thumbprint after trying them; what is not given stays.",
            [name, user, passwordFile, thumbprint],
            async (invocation, cancellationToken) =>
            {
                var file = invocation.Get(passwordFile);
                var request = new UpdateSource(invocation.Get(user), file is null ? null : Password(invocation, file), invocation.Get(thumbprint));
                var source = await invocation.Api.PatchAsync<SourceView>($"sources/{Uri.EscapeDataString(invocation.Get(name))}", request, cancellationToken);
                invocation.Print(source, output => output.WriteLine($"Updated source {source.Name} ({source.Url})."));
                return ExitCode.Done;
            },
            "migrate source update vc1 --password-file /run/secrets/vc1",
            "migrate source update vc1 --thumbprint 3A:…:9F");
    }

    private static Command List(CommandSet cli) => cli.Verb(
        "list",
        "Lists the sources.",
        [],
        async (invocation, cancellationToken) =>
        {
            var sources = await invocation.Api.GetAllAsync<SourceView>("sources", cancellationToken).ToListAsync(cancellationToken);
            invocation.Print(sources, output =>
            {
                var table = new Table("NAME", "URL", "USER", "VERSION", "SYNCHRONISED", "VMS");
                foreach (var s in sources)
                {
                    table.Add(s.Name, s.Url, s.UserName, s.InventoryVersion, Text.Time(s.SynchronizedAt), s.VmCount);
                }

                table.Write(output);
            });
            return ExitCode.Done;
        },
        "migrate source list");

    private static Command Remove(CommandSet cli)
    {
        var name = new Argument<string>("NAME");
        return cli.Verb(
            "remove",
            "Removes a source, its inventory and its baselines; refused while a plan uses it.",
            [name],
            async (invocation, cancellationToken) =>
            {
                await invocation.Api.DeleteAsync($"sources/{Uri.EscapeDataString(invocation.Get(name))}", cancellationToken);
                invocation.Say($"Removed source {invocation.Get(name)}.");
                return ExitCode.Done;
            },
            "migrate source remove vc1");
    }

    /// <summary>Never from an argument: arguments are in the process list and in the shell's history.</summary>
    private static string Password(Invocation invocation, string? file)
    {
        if (file is not null)
        {
            try
            {
                return File.ReadLines(file).FirstOrDefault()?.TrimEnd('\r')
                    ?? throw new CommandFailure(ExitCode.Usage, $"The password file {file} is empty.");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new CommandFailure(ExitCode.Usage, $"Cannot read the password file {file}: {e.Message}");
            }
        }

        if (invocation.Terminal.Environment("MIGRATE_PASSWORD") is { Length: > 0 } password)
        {
            return password;
        }

        return invocation.Terminal.InIsTerminal && invocation.Terminal.IsProcess
            ? invocation.Terminal.ReadSecret("Password: ")
            : throw new CommandFailure(ExitCode.Usage, "There is no password.", "Give --password-file or set MIGRATE_PASSWORD; it is asked for only on a terminal.");
    }
}
