using System.CommandLine;
using Migrate.Api.Inventory;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Cli;

internal static class SourceCommands
{
    public static Command Build(CommandSet cli) => CommandSet.Noun("source", "vCenters, ESXi hosts and files that VMs come from", Add(cli), Update(cli), List(cli), Show(cli), PrivilegeCommand.Build(cli), Remove(cli));

    private static Command Add(CommandSet cli)
    {
        var name = new Argument<string>("NAME") { Description = "how commands will name the source" };
        var url = new Option<string>("--url") { Description = "https URL of the vCenter or ESXi host", HelpName = "URL" };
        var user = new Option<string>("--user") { Description = "who logs in", HelpName = "USER" };
        var dump = new Option<string[]>("--dump") { Description = "instead of a server: a folder that 'govc object.save -d' wrote, or a zip, tar or tar.gz of it, on the machine that serves", HelpName = "PATH" };
        var passwordFile = new Option<string?>("--password-file") { Description = "file whose first line is the password (else MIGRATE_PASSWORD, else asked for on a terminal)", HelpName = "FILE" };
        var thumbprint = new Option<string?>("--thumbprint") { Description = "SHA-256 of the server's certificate; without it the system's authorities must vouch for the server", HelpName = "HEX" };
        var vmx = new Option<string[]>("--vmx") { Description = "instead of a server: .vmx files, or folders that hold some at any depth, on the machine that serves", HelpName = "PATH", AllowMultipleArgumentsPerToken = true };
        var ova = new Option<string[]>("--ova") { Description = "instead of a server: .ova and .ovf files, or folders that hold some at any depth, on the machine that serves", HelpName = "PATH", AllowMultipleArgumentsPerToken = true };
        var checkDigests = new Option<bool>("--check-digests") { Description = "with --ova: read all files and refuse them when one is not what its manifest (.mf) says" };
        var noWait = OperationWatch.NoWaitOption();
        return cli.Change(
            "add",
            "Adds a source after trying its login and certificate, or after reading its files, and tells which privileges the account lacks. Ctrl-C stops waiting; the server goes on.",
            [name, url, user, passwordFile, thumbprint, dump, vmx, ova, checkDigests, noWait],
            async (invocation, cancellationToken) =>
            {
                var added = OfflineFiles(invocation, (SourceKind.Dump, dump), (SourceKind.Vmx, vmx), (SourceKind.Ova, ova)) is { } files
                    ? await OperationWatch.DoAsync(invocation, noWait, "sources/offline", new AddOfflineSource(invocation.Get(name), files.Kind, files.Paths, invocation.Get(checkDigests)), cancellationToken)
                    : await OperationWatch.DoAsync(invocation, noWait, "sources", Server(invocation), cancellationToken);
                if (added is null)
                {
                    return ExitCode.Done;
                }

                var source = OperationWatch.Part(added.Source);
                invocation.Print(source, output =>
                {
                    output.WriteLine($"Added source {source.Name} ({Place(source)}).");
                    PrivilegeText.Write(source, output);
                });
                PrivilegeText.Advise(source, invocation);
                return ExitCode.Done;

                AddSource Server(Invocation invocation) => invocation.Get(url) is { } server && invocation.Get(user) is { } login
                    ? new AddSource(invocation.Get(name), server, login, Password(invocation, invocation.Get(passwordFile)), invocation.Get(thumbprint))
                    : throw new CommandFailure(ExitCode.Usage, "Where the VMs come from is not said.", "Give --url and --user for a server, or --dump, --vmx or --ova for files.");
            },
            "migrate source add vc1 --url https://vcenter.example --user migrate@vsphere.local --password-file /run/secrets/vc1",
            "migrate source add vc1 --url https://10.0.0.5 --user root --thumbprint 3A:…:9F",
            "migrate source add old --dump /srv/dumps/vc1",
            "migrate source add esx-copies --vmx /srv/copies",
            "migrate source add appliance --ova /srv/appliance.ova --check-digests",
            "migrate source add appliance --ova /srv/appliance.ova --no-wait");
    }

    private static string Place(SourceView source) => source.Kind == SourceKind.VSphere ? source.Url : string.Join(", ", source.Paths);

    /// <summary>The one kind of files that was given, with absolute paths; null when a server is meant.</summary>
    private static (SourceKind Kind, List<string> Paths)? OfflineFiles(Invocation invocation, params (SourceKind Kind, Option<string[]> Option)[] kinds)
    {
        var given = kinds.Select(k => (k.Kind, Paths: invocation.Get(k.Option) ?? [])).Where(k => k.Paths.Length > 0).ToList();
        return given.Count switch
        {
            0 => null,
            1 => (given[0].Kind, [.. given[0].Paths.Select(Path.GetFullPath)]),
            _ => throw new CommandFailure(ExitCode.Usage, "A source is of one kind.", "Add one source per kind of files."),
        };
    }

    private static Command Update(CommandSet cli)
    {
        var name = new Argument<string>("NAME");
        var user = new Option<string?>("--user") { Description = "who logs in", HelpName = "USER" };
        var passwordFile = new Option<string?>("--password-file") { Description = "file whose first line is the new password", HelpName = "FILE" };
        var thumbprint = new Option<string?>("--thumbprint") { Description = "SHA-256 of the server's new certificate", HelpName = "HEX" };
        var noWait = OperationWatch.NoWaitOption();
        return cli.Change(
            "update",
            "Changes a source's user, password or thumbprint after trying them; what is not given stays. Ctrl-C stops waiting; the server goes on.",
            [name, user, passwordFile, thumbprint, noWait],
            async (invocation, cancellationToken) =>
            {
                var file = invocation.Get(passwordFile);
                var request = new UpdateSource(invocation.Get(user), file is null ? null : Password(invocation, file), invocation.Get(thumbprint));
                if (await OperationWatch.PatchAsync(invocation, noWait, $"sources/{Uri.EscapeDataString(invocation.Get(name))}", request, cancellationToken) is not { } result)
                {
                    return ExitCode.Done;
                }

                var source = OperationWatch.Part(result.Source);
                invocation.Print(source, output =>
                {
                    output.WriteLine($"Updated source {source.Name} ({source.Url}).");
                    PrivilegeText.Write(source, output);
                });
                PrivilegeText.Advise(source, invocation);
                return ExitCode.Done;
            },
            "migrate source update vc1 --user migrate@vsphere.local --password-file /run/secrets/vc1",
            "migrate source update vc1 --thumbprint 3A:…:9F",
            "migrate source update vc1 --user migrate@vsphere.local --no-wait");
    }

    private static Command List(CommandSet cli)
    {
        var list = new ListOptions(SourceEndpoints.Orders);
        return cli.Verb(
            "list",
            "Lists the sources.",
            list.After(),
            async (invocation, cancellationToken) =>
            {
                var sources = await invocation.Api.GetAllAsync<SourceView>("sources" + list.Query(invocation), cancellationToken).ToListAsync(cancellationToken);
                invocation.Print(sources, output =>
                {
                    var table = new Table("NAME", "KIND", "PLACE", "USER", "VERSION", "SYNCHRONISED", "VMS");
                    foreach (var s in sources)
                    {
                        table.Add(s.Name, s.Kind, Place(s), s.UserName, s.InventoryVersion, Text.Time(s.SynchronizedAt), s.VmCount);
                    }

                    table.Write(output);
                });
                return ExitCode.Done;
            },
            "migrate source list");
    }

    private static Command Show(CommandSet cli)
    {
        var name = new Argument<string>("NAME") { Description = "as 'migrate source list' names it" };
        return cli.Verb(
            "show",
            "Shows a source: where it is, who logs in, its certificate and its newest inventory.",
            [name],
            async (invocation, cancellationToken) =>
            {
                var source = await invocation.Api.GetAsync<SourceView>($"sources/{Uri.EscapeDataString(invocation.Get(name))}", cancellationToken);
                invocation.Print(source, output =>
                {
                    new Table("SOURCE", source.Name)
                        .Add("kind", source.Kind)
                        .Add("place", Place(source))
                        .Add("user", source.UserName)
                        .Add("thumbprint", source.Thumbprint ?? (source.Kind == SourceKind.VSphere ? "none: the system's authorities vouch" : ""))
                        .Add("added", Text.Time(source.CreatedAt))
                        .Add("inventory", source.InventoryVersion is { } version ? $"version {version} of {Text.Time(source.SynchronizedAt)}, {Text.Count(source.VmCount, "VM")}" : "never synchronised")
                        .Add("privileges", source.PrivilegesAt is { } asked ? $"{PrivilegeText.Words(source)}, asked {Text.Time(asked)}" : source.Kind == SourceKind.VSphere ? "not asked yet: migrate source privileges" : "")
                        .Write(output);
                    PrivilegeText.Write(source, output);
                });
                return ExitCode.Done;
            },
            "migrate source show vc1");
    }

    private static Command Remove(CommandSet cli)
    {
        var name = new Argument<string>("NAME");
        return cli.Removal(
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

    /// <summary>A secret that somebody types or keeps in a file; never from an argument: those are in the process list and in the shell's history.</summary>
    public static string Password(Invocation invocation, string? file)
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
