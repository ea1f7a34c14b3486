using System.CommandLine;
using Migrate.Api.Security.Keys;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Cli;

internal static class KeyCommands
{
    public static Command Build(CommandSet cli) => CommandSet.Noun("key", "API keys of programs", List(cli), Create(cli), Revoke(cli));

    private static Command List(CommandSet cli)
    {
        var list = new ListOptions(ApiKeys.Orders);
        return cli.Verb(
            "list",
            "Lists keys, newest first; their secrets are not kept.",
            list.After(),
            async (invocation, cancellationToken) =>
            {
                Print(invocation, await invocation.Api.GetAllAsync<KeyView>("keys" + list.Query(invocation), cancellationToken).ToListAsync(cancellationToken));
                return ExitCode.Done;
            },
            "migrate key list");
    }

    private static Command Create(CommandSet cli)
    {
        var name = new Argument<string>("NAME") { Description = "what it is for; the audit log says it" };
        var role = new Option<Role>("--role") { Description = "Viewer, Operator, Approver or Admin", HelpName = "ROLE", Required = true };
        var days = new Option<int?>("--days") { Description = "days until it expires (90)", HelpName = "N" };
        var areas = new Option<string[]>("--area") { Description = "a part of the API that it opens, as the API's description groups it (Runs, Inventory, …), several times for several; all when not given", HelpName = "NAME" };
        return cli.Change(
            "create",
            "Makes a key and prints it, once.",
            [name, role, days, areas],
            async (invocation, cancellationToken) =>
            {
                var made = await invocation.Api.PostAsync<NewKeyView>(
                    "keys", new CreateKey(invocation.Get(name), invocation.Get(role), invocation.Get(days), invocation.Get(areas)), cancellationToken);
                invocation.Print(made, output => output.WriteLine(made.Secret));
                invocation.Say($"Key {made.Key.Id} expires {Text.Time(made.Key.ExpiresAt)}. It cannot be shown again; send it as 'Authorization: Bearer KEY', or give it to commands as MIGRATE_TOKEN or --token-file.");
                return ExitCode.Done;
            },
            "migrate key create monitoring --role Viewer --area Runs --days 365");
    }

    private static Command Revoke(CommandSet cli)
    {
        var id = new Argument<string>("ID") { Description = "as 'migrate key list' names it" };
        return cli.Removal(
            "revoke",
            "Ends a key at once.",
            [id],
            async (invocation, cancellationToken) =>
            {
                Print(invocation, [await invocation.Api.DeleteAsync<KeyView>($"keys/{Uri.EscapeDataString(invocation.Get(id))}", cancellationToken)]);
                return ExitCode.Done;
            },
            "migrate key revoke h7kq2mzp3abc");
    }

    private static void Print(Invocation invocation, IReadOnlyList<KeyView> keys) => invocation.Print(keys, output =>
    {
        var table = new Table("ID", "NAME", "ROLE", "AREAS", "STATE", "EXPIRES", "BY", "LAST USED");
        foreach (var key in keys)
        {
            table.Add(key.Id, key.Name, key.Role.ToString(), string.Join(' ', key.Areas), key.State, Text.Time(key.ExpiresAt), key.CreatedBy, Text.Time(key.SeenAt));
        }

        table.Write(output);
    });
}
